using System.Buffers;
using System.IO.Pipelines;
using System.Threading.Tasks.Sources;
using FastRelay.Engine.Interop.Linux;

namespace FastRelay.Engine.Streams.Epoll;

/// <summary>
/// What the peer sends, received when the reader asks: at once where something may have come, else when an event says so. It keeps no block
/// while it waits and allocates nothing. What isn't asked for stays in the kernel, which is the peer's back-pressure.
/// </summary>
internal sealed unsafe class EpollStreamReader(EpollStreamConnection connection) : PipeReader, IValueTaskSource<ReadResult>
{
    // What a receive must find room for: less isn't worth the system call; it takes a new block then.
    private const int MinReceiveBytes = 1024;

    // Receives that one event may cause on the loop's thread, before others have their turn.
    private const int MostInTurn = 32;

    // Who holds the turn changes the chain; disposal may come in between, and frees it.
    private readonly Lock _chain = new();
    private ReadinessGate _turn;
    private ManualResetValueTaskSourceCore<ReadResult> _waiting;
    private CancellationTokenRegistration _cancellation;
    private StreamSegment? _head;
    private StreamSegment? _tail;
    private int _consumed;
    private byte _blocks = 1;
    private byte _inTurn;
    private bool _hasNews;
    private bool _completed;

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<ReadResult>(cancellationToken);
        while (true)
        {
            if (TryTakeResult(out var result)) return new ValueTask<ReadResult>(result);
            if (MayReceive())
            {
                Receive();
                continue;
            }
            _waiting.Reset();
            if (!_turn.TryWait()) continue;
            // It may be over by now; only the caller, who doesn't wait yet, takes the result.
            if (cancellationToken.CanBeCanceled) _cancellation = cancellationToken.UnsafeRegister(static (reader, token) => ((EpollStreamReader)reader!).GiveUp(token), this);
            return new ValueTask<ReadResult>(this, _waiting.Version);
        }
    }

    public override bool TryRead(out ReadResult result)
    {
        if (TryTakeResult(out result)) return true;
        if (!MayReceive()) return false;
        Receive();
        return TryTakeResult(out result);
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        lock (_chain)
        {
            if (_completed) throw new InvalidOperationException("The reader was completed.");
            // The positions of an empty result name no segment.
            if (_head is null || consumed.GetObject() is not StreamSegment segment) return;
            if (!Holds(segment)) throw new InvalidOperationException("The position isn't one of the last read.");
            _hasNews = examined.GetObject() != _tail || examined.GetInteger() != _tail!.Length;
            while (_head != segment) _head = _head!.Free();
            _consumed = consumed.GetInteger();
            if (_consumed < _head.Length) return;
            _head = _head.Free();
            _consumed = 0;
            if (_head is null) _tail = null;
        }
    }

    public override void CancelPendingRead()
    {
        if (_turn.Signal(Signals.Cancelled) && TryTakeResult(out var result)) Finish(result, onLoop: false);
    }

    public override void Complete(Exception? exception = null)
    {
        lock (_chain)
        {
            if (_completed) return;
            _completed = true;
            StreamSegment.FreeAll(_head);
            _head = _tail = null;
            _consumed = 0;
            _hasNews = false;
        }
        connection.EndReading(StreamEnd.Aborted);
    }

    /// <summary>An event came. On the loop's thread.</summary>
    public void OnReady(Signals signals)
    {
        if (!_turn.Signal(signals)) return;
        _inTurn = 0;
        while (true)
        {
            try
            {
                if (_turn.Take(Signals.Ready)) Receive();
            }
#pragma warning disable CA1031 // it is the reader's, who waits for it
            catch (Exception e)
            {
                Fail(e);
                return;
            }
#pragma warning restore CA1031
            if (TryTakeResult(out var result))
            {
                Finish(result, connection.RunsOnLoop);
                return;
            }
            if (_turn.TryWait()) return;
        }
    }

    /// <summary>The connection has ended: wakes whoever waits.</summary>
    public void OnEnded()
    {
        if (_turn.Signal(Signals.Ready) && TryTakeResult(out var result)) Finish(result, onLoop: false);
    }

    ReadResult IValueTaskSource<ReadResult>.GetResult(short token)
    {
        // Waits for a cancellation under way, so that it can't strike a later read.
        _cancellation.Dispose();
        _cancellation = default;
        return _waiting.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource<ReadResult>.GetStatus(short token) => _waiting.GetStatus(token);

    void IValueTaskSource<ReadResult>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _waiting.OnCompleted(continuation, state, token, flags);

    private void GiveUp(CancellationToken token)
    {
        if (_turn.Signal(Signals.None)) Fail(new OperationCanceledException(token));
    }

    private void Finish(in ReadResult result, bool onLoop)
    {
        _waiting.RunContinuationsAsynchronously = !onLoop;
        _waiting.SetResult(result);
    }

    private void Fail(Exception e)
    {
        _waiting.RunContinuationsAsynchronously = true;
        _waiting.SetException(e);
    }

    private bool TryTakeResult(out ReadResult result)
    {
        bool isCanceled = _turn.Take(Signals.Cancelled);
        bool hasEnded = connection.ReadEnd != StreamEnd.Open;
        lock (_chain)
        {
            if (!isCanceled && !hasEnded && !_hasNews)
            {
                result = default;
                return false;
            }
            var buffer = _head is null ? default : new ReadOnlySequence<byte>(_head, _consumed, _tail!, _tail!.Length);
            result = new ReadResult(buffer, isCanceled, hasEnded);
            return true;
        }
    }

    private bool MayReceive()
    {
        if (!_turn.Take(Signals.Ready)) return false;
        if (!connection.IsOnLoop || ++_inTurn <= MostInTurn) return true;
        connection.Defer();
        return false;
    }

    private void Receive()
    {
        int received;
        var end = StreamEnd.Open;
        lock (_chain)
        {
            if (_completed || !connection.TryEnter(out int descriptor)) return;
            try
            {
                received = _blocks == 1 ? ReceiveOne(descriptor) : ReceiveMany(descriptor);
                if (received == 0) end = connection.HowItEnded();
            }
            finally
            {
                connection.Leave();
            }
        }
        if (received < 0 && NativeResult.ErrorOf(received) != Errno.TryAgain) end = EpollStreamConnection.EndOf(NativeResult.ErrorOf(received));
        if (end != StreamEnd.Open) connection.EndReading(end);
    }

    private int ReceiveOne(int descriptor)
    {
        var segment = HasRoom ? _tail! : StreamSegment.Rent(connection.Settings.Pool);
        var room = segment.Room.Span;
        int received;
        fixed (byte* buffer = room) received = StreamSockets.Receive(descriptor, buffer, room.Length);
        if (received > 0)
        {
            segment.Fill(received);
            if (segment != _tail) Append(segment);
            OnReceived(received, room.Length);
        }
        else if (segment != _tail)
        {
            segment.Free();
        }
        return received;
    }

    private int ReceiveMany(int descriptor)
    {
        StreamSegment? fresh = null;
        StreamSegment? last = null;
        var vectors = new PinnedVectors();
        int received, offered;
        try
        {
            if (HasRoom) vectors.Add(_tail!.Room);
            while (vectors.Count < _blocks && vectors.Bytes < connection.Settings.MaxUnreadBytes)
            {
                var segment = StreamSegment.Rent(connection.Settings.Pool);
                if (last is null) fresh = segment;
                else last.Append(segment);
                last = segment;
                vectors.Add(segment.Room);
            }
            offered = vectors.Bytes;
            received = StreamSockets.Receive(descriptor, vectors.Pointer, vectors.Count);
        }
        finally
        {
            vectors.Dispose();
        }
        if (received > 0)
        {
            int rest = received;
            if (HasRoom) rest -= Fill(_tail!, rest);
            while (rest > 0)
            {
                var segment = fresh!;
                fresh = segment.Detach();
                rest -= Fill(segment, rest);
                Append(segment);
            }
            OnReceived(received, offered);
        }
        StreamSegment.FreeAll(fresh);
        return received;

        static int Fill(StreamSegment segment, int most)
        {
            int bytes = Math.Min(segment.Room.Length, most);
            segment.Fill(bytes);
            return bytes;
        }
    }

    private bool Holds(StreamSegment segment)
    {
        var held = _head;
        while (held is not null && held != segment) held = held.Following;
        return held is not null;
    }

    private bool HasRoom => _tail is not null && _tail.Room.Length >= MinReceiveBytes;

    private void Append(StreamSegment segment)
    {
        if (_tail is null) _head = segment;
        else _tail.Append(segment);
        _tail = segment;
    }

    /// <summary>More blocks while all of them are filled, fewer when half of them would have done.</summary>
    private void OnReceived(int received, int offered)
    {
        _hasNews = true;
        // A receive that didn't fill its room has taken all there was, and an event tells of more (epoll(7)); but a FIN that came with
        // the data has had its event.
        if (received == offered || _turn.Has(Signals.Ending)) _turn.Add(Signals.Ready);
        if (received == offered) _blocks = (byte)Math.Min(_blocks * 2, PinnedVectors.Most);
        else if (received <= offered / 2) _blocks = (byte)Math.Max(_blocks / 2, 1);
    }
}
