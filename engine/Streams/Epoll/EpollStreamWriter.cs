using System.Buffers;
using System.IO.Pipelines;
using System.Threading.Tasks.Sources;
using FastRelay.Engine.Interop.Linux;

namespace FastRelay.Engine.Streams.Epoll;

/// <summary>
/// What is sent to the peer: a flush hands all that was written to the kernel on the caller's thread, and waits only when the kernel has no
/// room; the loop goes on for it then. After completion the loop sends what is left, and FIN. It keeps no block while nothing is written.
/// </summary>
internal sealed unsafe class EpollStreamWriter(EpollStreamConnection connection) : PipeWriter, IValueTaskSource<FlushResult>
{
    private ReadinessGate _turn;
    private ManualResetValueTaskSourceCore<FlushResult> _waiting;
    private CancellationTokenRegistration _cancellation;
    private StreamSegment? _head;
    private StreamSegment? _tail;
    private int _sent;
    private bool _isWatched;
    private bool _flushes;

    public override Memory<byte> GetMemory(int sizeHint = 0) => Room(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => Room(sizeHint).Span;

    public override void Advance(int bytes)
    {
        if (bytes == 0) return;
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)bytes, (uint)(_tail?.Room.Length ?? 0), nameof(bytes));
        _tail!.Fill(bytes);
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<FlushResult>(cancellationToken);
        while (true)
        {
            if (_turn.Take(Signals.Cancelled)) return new ValueTask<FlushResult>(new FlushResult(isCanceled: true, isCompleted: false));
            if (TrySendAll()) return new ValueTask<FlushResult>(new FlushResult(isCanceled: false, isCompleted: connection.WriteEnd != StreamEnd.Open));
            _waiting.Reset();
            _flushes = true;
            _turn.Add(Signals.Flushing);
            if (_turn.TryWait())
            {
                // It may be over by now; only the caller, who doesn't wait yet, takes the result.
                if (cancellationToken.CanBeCanceled) _cancellation = cancellationToken.UnsafeRegister(static (writer, token) => ((EpollStreamWriter)writer!).GiveUp(token), this);
                return new ValueTask<FlushResult>(this, _waiting.Version);
            }
            _flushes = false;
            _turn.Remove(Signals.Flushing);
        }
    }

    /// <summary>Sends from where it lies what the kernel takes at once; only the rest is copied.</summary>
    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<FlushResult>(cancellationToken);
        ThrowIfCompleted();
        var rest = source.Span;
        while (IsEmpty && !rest.IsEmpty && !_turn.Has(Signals.Cancelled))
        {
            int sent;
            fixed (byte* buffer = rest) sent = Send(buffer, rest.Length);
            if (sent <= 0) break;
            rest = rest[sent..];
        }
        if (!rest.IsEmpty && connection.WriteEnd == StreamEnd.Open) this.Write(rest);
        return FlushAsync(cancellationToken);
    }

    public override void CancelPendingFlush()
    {
        if (!_turn.Signal(Signals.Cancelled)) return;
        _turn.Take(Signals.Cancelled);
        if (_flushes) Finish(new FlushResult(isCanceled: true, isCompleted: false), onLoop: false);
        else Drain();
    }

    public override void Complete(Exception? exception = null)
    {
        var before = _turn.Add(Signals.Completed);
        if ((before & Signals.Completed) != Signals.None) return;
        // The peer learns of the exception by RST; it is the user's, who knows of it.
        if (exception is not null) connection.EndWriting(StreamEnd.Aborted);
        // A flush that is under way drains when it is over.
        if ((before & Signals.Flushing) == Signals.None) Drain();
    }

    /// <summary>There is room. On the loop's thread.</summary>
    public void OnReady()
    {
        if (_turn.Signal(Signals.Ready)) GoOn(connection.RunsOnLoop);
    }

    /// <summary>The connection has ended: wakes whoever waits.</summary>
    public void OnEnded()
    {
        if (_turn.Signal(Signals.Ready)) GoOn(onLoop: false);
    }

    FlushResult IValueTaskSource<FlushResult>.GetResult(short token)
    {
        // Waits for a cancellation under way, so that it can't strike a later flush.
        _cancellation.Dispose();
        _cancellation = default;
        return _waiting.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource<FlushResult>.GetStatus(short token) => _waiting.GetStatus(token);

    void IValueTaskSource<FlushResult>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _waiting.OnCompleted(continuation, state, token, flags);

    private bool IsEmpty => _head is null || (_head == _tail && _sent == _head.Length);

    private void ThrowIfCompleted()
    {
        if (_turn.Has(Signals.Completed)) throw new InvalidOperationException("The writer was completed.");
    }

    private Memory<byte> Room(int sizeHint)
    {
        ThrowIfCompleted();
        int least = Math.Max(1, sizeHint);
        if (_tail is not null && _tail.Room.Length >= least) return _tail.Room;
        var segment = StreamSegment.Rent(connection.Settings.Pool, least);
        if (_tail is null) _head = segment;
        else _tail.Append(segment);
        _tail = segment;
        return segment.Room;
    }

    private void GiveUp(CancellationToken token)
    {
        if (!_turn.Signal(Signals.None)) return;
        EndFlush();
        _waiting.RunContinuationsAsynchronously = true;
        _waiting.SetException(new OperationCanceledException(token));
    }

    private void Finish(FlushResult result, bool onLoop)
    {
        EndFlush();
        _waiting.RunContinuationsAsynchronously = !onLoop;
        _waiting.SetResult(result);
    }

    private void EndFlush()
    {
        _flushes = false;
        if ((_turn.Remove(Signals.Flushing) & Signals.Completed) != Signals.None) Drain();
    }

    private void GoOn(bool onLoop)
    {
        if (!_flushes)
        {
            Drain();
            return;
        }
        while (true)
        {
            if (TrySendAll())
            {
                Finish(new FlushResult(isCanceled: false, isCompleted: connection.WriteEnd != StreamEnd.Open), onLoop);
                return;
            }
            if (_turn.TryWait()) return;
            if (!_turn.Take(Signals.Cancelled)) continue;
            Finish(new FlushResult(isCanceled: true, isCompleted: false), onLoop: false);
            return;
        }
    }

    /// <summary>The user writes no more: sends the rest, as soon as there is room, and ends.</summary>
    private void Drain()
    {
        while (!TrySendAll())
        {
            if (_turn.TryWait()) return;
            _turn.Take(Signals.Cancelled);
        }
        connection.EndWriting(StreamEnd.Finished);
    }

    /// <returns>False while the kernel has no room. True when nothing is left: it was sent, or the connection has ended and it was dropped.</returns>
    private bool TrySendAll()
    {
        while (true)
        {
            if (connection.WriteEnd != StreamEnd.Open)
            {
                StreamSegment.FreeAll(_head);
                _head = _tail = null;
                _sent = 0;
                return true;
            }
            while (_head is not null && _sent == _head.Length)
            {
                _head = _head.Free();
                _sent = 0;
            }
            if (_head is null)
            {
                _tail = null;
                return true;
            }
            int sent = _head == _tail ? SendOne() : SendMany();
            if (sent < 0) return false;
            Skip(sent);
        }
    }

    private int SendOne()
    {
        var rest = _head!.Memory.Span[_sent..];
        fixed (byte* buffer = rest) return Send(buffer, rest.Length);
    }

    private int SendMany()
    {
        var vectors = new PinnedVectors();
        try
        {
            for (var segment = _head; segment is not null && vectors.Count < PinnedVectors.Most; segment = segment.Following)
                vectors.Add(segment == _head ? segment.Memory[_sent..] : segment.Memory);
            return Send(null, 0, vectors.Pointer, vectors.Count);
        }
        finally
        {
            vectors.Dispose();
        }
    }

    /// <returns>Bytes that the kernel took, −1 when it has no room, 0 when the connection has ended.</returns>
    private int Send(byte* buffer, int length, BufferVector* vectors = null, int count = 0)
    {
        if (!connection.TryEnter(out int descriptor)) return 0;
        var error = Errno.Success;
        try
        {
            // Room that is made from here on is told anew.
            _turn.Take(Signals.Ready);
            int sent = vectors is null ? StreamSockets.Send(descriptor, buffer, length) : StreamSockets.Send(descriptor, vectors, count);
            if (sent >= 0) return sent;
            error = NativeResult.ErrorOf(sent);
            if (error == Errno.TryAgain) error = Watch(descriptor);
            if (error == Errno.Success) return -1;
            connection.NoteFault(error);
        }
        finally
        {
            connection.Leave();
        }
        connection.EndWriting(EpollStreamConnection.EndOf(error));
        return 0;
    }

    /// <summary>Has the loop tell when there is room; most connections never need it.</summary>
    private Errno Watch(int descriptor)
    {
        if (_isWatched) return Errno.Success;
        _isWatched = true;
        return NativeResult.ErrorOf(connection.WatchForRoom(descriptor));
    }

    private void Skip(int bytes)
    {
        while (bytes > 0)
        {
            int here = Math.Min(bytes, _head!.Length - _sent);
            _sent += here;
            bytes -= here;
            if (bytes == 0) return;
            _head = _head.Free();
            _sent = 0;
        }
    }
}
