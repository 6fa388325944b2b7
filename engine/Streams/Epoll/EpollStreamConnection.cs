using System.IO.Pipelines;
using System.Net;
using FastRelay.Engine.Interop.Linux;

namespace FastRelay.Engine.Streams.Epoll;

/// <summary>
/// A connection on a <see cref="StreamLoop"/>: a descriptor, its ends, and the two halves that receive and send. Nothing runs for it while
/// nothing comes; no task, timer or buffer is its own.
/// </summary>
internal sealed class EpollStreamConnection : StreamConnection, IEpollSource, IStreamDeadline
{
    private const EpollEvents Incoming = EpollEvents.Readable | EpollEvents.PeerFinished;

    // What has come and wasn't read is dropped before the close, but not from a peer that sends faster than it is dropped.
    private const int DroppedAtOnce = 64 * 1024;
    private const int MostDrops = 64;

    private const int ClosesInOrder = 1;
    private const int ClosesByReset = 2;

    private readonly StreamLoop _loop;
    private readonly EpollStreamReader _reader;
    private readonly EpollStreamWriter _writer;
    private readonly StreamAddress _remote;
    private readonly long _token;
    private HeldDescriptor _descriptor;
    private TaskCompletionSource? _completion;
    private volatile StreamEnd _readEnd;
    private volatile StreamEnd _writeEnd;
    private volatile StreamEnd _fault;
    private volatile bool _closed;
    private int _closing;
    private uint _deadline;

    private EpollStreamConnection(int descriptor, in StreamAddress remote, EpollStreamSettings settings, StreamLoop loop)
    {
        Settings = settings;
        _descriptor = new HeldDescriptor(descriptor);
        _remote = remote;
        _loop = loop;
        _reader = new EpollStreamReader(this);
        _writer = new EpollStreamWriter(this);
        _token = loop.Enter(this);
    }

    /// <summary>Takes over a connected socket.</summary>
    /// <param name="descriptor">The socket's, closed here when it can't be watched.</param>
    /// <param name="remote">Its peer.</param>
    /// <param name="settings">How it is carried.</param>
    /// <param name="loop">Where.</param>
    /// <param name="isWatched">Whether the loop watches the descriptor already.</param>
    /// <param name="connection">Null when it can't be watched.</param>
    public static Errno TryAdopt(
        int descriptor, in StreamAddress remote, EpollStreamSettings settings, StreamLoop loop, bool isWatched, out EpollStreamConnection? connection)
    {
        connection = new EpollStreamConnection(descriptor, remote, settings, loop);
        long token = connection._token;
        var error = NativeResult.ErrorOf(isWatched ? loop.WatchAnew(descriptor, Incoming, token) : loop.Watch(descriptor, Incoming, token));
        if (error == Errno.Success) return error;
        connection.AbortFor(StreamEnd.Failed);
        connection = null;
        // Whatever it is, the kernel keeps no more watches.
        return Errno.NoBufferSpace;
    }

    public override IPEndPoint RemoteAddress => _remote.ToIPEndPoint();

    public override unsafe IPEndPoint LocalAddress
    {
        get
        {
            byte* native = stackalloc byte[StreamSockets.AddressSize];
            if (!TryEnter(out int descriptor)) return new IPEndPoint(IPAddress.Any, 0);
            _ = StreamSockets.LocalAddress(descriptor, native);
            Leave();
            return new StreamAddress(new ReadOnlySpan<byte>(native, StreamSockets.AddressSize)).ToIPEndPoint();
        }
    }

    public override PipeReader Input => _reader;

    public override PipeWriter Output => _writer;

    public override StreamEnd ReadEnd => _readEnd;

    public override StreamEnd WriteEnd => _writeEnd;

    public override Task Completion
    {
        get
        {
            if (_closed) return Task.CompletedTask;
            var completion = _completion;
            if (completion is null)
            {
                completion = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                completion = Interlocked.CompareExchange(ref _completion, completion, null) ?? completion;
            }
            // Closed meanwhile, by one who saw none.
            if (_closed) completion.TrySetResult();
            return completion.Task;
        }
    }

    /// <summary>How it is carried.</summary>
    public EpollStreamSettings Settings { get; }

    /// <summary>Whether users go on on the loop's thread.</summary>
    public bool RunsOnLoop => Settings.RunsOnLoop;

    /// <summary>Whether the caller runs on the loop's thread, as a user that goes on there.</summary>
    public bool IsOnLoop => Settings.RunsOnLoop && _loop.IsCurrent;

    public override void SetDeadline(TimeSpan after)
    {
        Settings.Deadlines.Set(this, ref _deadline, after);
        // One that is set on a connection that has ended meanwhile would keep it until it passes.
        if (Volatile.Read(ref _closing) != 0) ClearDeadline();
    }

    public override void ClearDeadline() => Settings.Deadlines.Clear(this, ref _deadline);

    public override void Abort() => AbortFor(StreamEnd.Aborted);

    public override ValueTask DisposeAsync()
    {
        _reader.Complete();
        _writer.Complete();
        if (_closed) return default;
        // The kernel hasn't taken all, or another thread's system call is just coming back.
        if (Volatile.Read(ref _closing) == 0) SetDeadline(Settings.CloseTimeout);
        return new ValueTask(Completion);
    }

    void IStreamDeadline.OnDeadline() => AbortFor(StreamEnd.DeadlinePassed);

    void IEpollSource.OnReady(EpollEvents events)
    {
        const EpollEvents ending = EpollEvents.PeerFinished | EpollEvents.HangUp | EpollEvents.Error;
        if ((events & ending) != EpollEvents.None) _reader.OnReady(Signals.Ready | Signals.Ending);
        else if ((events & EpollEvents.Readable) != EpollEvents.None) _reader.OnReady(Signals.Ready);
        if ((events & (EpollEvents.Writable | EpollEvents.HangUp | EpollEvents.Error)) != EpollEvents.None) _writer.OnReady();
        if ((events & EpollEvents.Error) != EpollEvents.None) OnError();
    }

    /// <summary>Begins a system call.</summary>
    /// <returns>False when the socket is closed.</returns>
    public bool TryEnter(out int descriptor)
    {
        descriptor = _descriptor.Value;
        return _descriptor.TryEnter();
    }

    /// <summary>Ends a system call.</summary>
    public void Leave()
    {
        if (_descriptor.Leave()) CloseNow();
    }

    /// <summary>Has the loop tell of room to send as well.</summary>
    public int WatchForRoom(int descriptor) => _loop.WatchAnew(descriptor, Incoming | EpollEvents.Writable, _token);

    /// <summary>Comes back to the reader once others have had their turn.</summary>
    public void Defer() => _loop.Defer(this);

    /// <summary>Remembers an error that a system call took off the socket. Within the call's use of the descriptor.</summary>
    public void NoteFault(Errno error) => _fault = EndOf(error);

    /// <summary>What a receive of nothing means: FIN, or an error that another call took off the socket before. Within the receive's use of the descriptor.</summary>
    public StreamEnd HowItEnded()
    {
        // Whoever is about to note it has its call behind it, or is in one that never waits.
        var spin = default(SpinWait);
        while (_descriptor.IsShared) spin.SpinOnce();
        return _fault == StreamEnd.Open ? StreamEnd.Finished : _fault;
    }

    /// <summary>Nothing more is received.</summary>
    public void EndReading(StreamEnd end)
    {
        if (Interlocked.CompareExchange(ref _readEnd, end, StreamEnd.Open) != StreamEnd.Open) return;
        // A connection that failed one way is of no use the other way.
        if (end is StreamEnd.Reset or StreamEnd.Failed) AbortFor(end);
        else if (WriteEnd != StreamEnd.Open) Close(ClosesInOrder);
    }

    /// <summary>Nothing more is sent: all was, or the connection failed.</summary>
    public void EndWriting(StreamEnd end)
    {
        if (end == StreamEnd.Finished) end = SendFin();
        if (Interlocked.CompareExchange(ref _writeEnd, end, StreamEnd.Open) != StreamEnd.Open) return;
        if (end != StreamEnd.Finished) AbortFor(end);
        else if (ReadEnd != StreamEnd.Open) Close(ClosesInOrder);
    }

    /// <summary>What an error means for the direction it struck.</summary>
    public static StreamEnd EndOf(Errno error) => error switch
    {
        Errno.ConnectionReset or Errno.BrokenPipe or Errno.Shutdown or Errno.NotConnected or Errno.ConnectionAborted => StreamEnd.Reset,
        _ => StreamEnd.Failed,
    };

    private StreamEnd SendFin()
    {
        // The close that follows does it.
        if (ReadEnd != StreamEnd.Open || !TryEnter(out int descriptor)) return StreamEnd.Finished;
        var error = NativeResult.ErrorOf(StreamSockets.EndSending(descriptor));
        Leave();
        return error == Errno.Success ? StreamEnd.Finished : EndOf(error);
    }

    /// <summary>An error waits on the socket, and perhaps nobody reads who would find it.</summary>
    private void OnError()
    {
        if (!TryEnter(out int descriptor)) return;
        var error = StreamSockets.TakeError(descriptor);
        if (error != Errno.Success) NoteFault(error);
        bool hasUnread = StreamSockets.HasUnread(descriptor);
        Leave();
        if (_fault == StreamEnd.Open) return;
        if (!hasUnread)
        {
            AbortFor(_fault);
            return;
        }
        // What came before it is still the reader's, who finds the error after it.
        Interlocked.CompareExchange(ref _writeEnd, _fault, StreamEnd.Open);
        _writer.OnEnded();
    }

    private void AbortFor(StreamEnd cause)
    {
        Interlocked.CompareExchange(ref _readEnd, cause, StreamEnd.Open);
        Interlocked.CompareExchange(ref _writeEnd, cause, StreamEnd.Open);
        Close(ClosesByReset);
    }

    private void Close(int how)
    {
        if (Interlocked.CompareExchange(ref _closing, how, 0) != 0) return;
        ClearDeadline();
        _loop.Leave(_token);
        if (_descriptor.BeginClose()) CloseNow();
        _reader.OnEnded();
        _writer.OnEnded();
    }

    private void CloseNow()
    {
        int descriptor = _descriptor.Value;
        if (_closing == ClosesByReset) StreamSockets.ResetOnClose(descriptor);
        else if (ReadEnd != StreamEnd.Finished) DropUnread(descriptor);
        StreamSockets.Close(descriptor);
        _closed = true;
        Interlocked.MemoryBarrier();
        _completion?.TrySetResult();
    }

    /// <summary>A kernel that closes with unread bytes sends RST, which can overtake what we sent last.</summary>
    private static void DropUnread(int descriptor)
    {
        for (int i = 0; i < MostDrops && StreamSockets.Drop(descriptor, DroppedAtOnce) == DroppedAtOnce; i++)
        {
        }
    }
}
