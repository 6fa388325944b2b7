using System.Net.Sockets;
using System.Threading.Tasks.Sources;
using FastRelay.Engine.Interop.Linux;

namespace FastRelay.Engine.Streams.Epoll;

/// <summary>A listener on a <see cref="StreamLoop"/>. Its connections are spread over all loops.</summary>
internal sealed class EpollStreamListener : StreamListener, IEpollSource, IValueTaskSource<AcceptOutcome>
{
    // Connections that one event may bring on the loop's thread, before others have their turn.
    private const int MostInTurn = 32;

    private readonly EpollStreamSettings _settings;
    private readonly StreamLoop _loop;
    private readonly SafeSocketHandle _handle;
    private readonly long _token;
    private ReadinessGate _turn;
    private ManualResetValueTaskSourceCore<AcceptOutcome> _waiting;
    private CancellationTokenRegistration _cancellation;
    private int _inTurn;

    /// <param name="socket">Bound and listening; becomes this object's.</param>
    /// <param name="options">Of its connections.</param>
    public EpollStreamListener(Socket socket, StreamListenerOptions options)
        : base(socket, options)
    {
        _settings = new EpollStreamSettings(options);
        socket.Blocking = false;
        // Accepted sockets have it from the listening one (tcp(7)).
        socket.NoDelay = options.NoDelay;
        _handle = socket.SafeHandle;
        _loop = StreamLoop.Next();
        _token = _loop.Enter(this);
        NativeResult.OrThrow(_loop.Watch((int)_handle.DangerousGetHandle(), EpollEvents.Readable, _token), "epoll_ctl");
    }

    void IEpollSource.OnReady(EpollEvents events)
    {
        if (!_turn.Signal(Signals.Ready)) return;
        _inTurn = 0;
        while (true)
        {
            if (_turn.Take(Signals.Ready) && TryAccept(out var outcome))
            {
                Finish(outcome, _settings.RunsOnLoop);
                return;
            }
            if (_turn.TryWait()) return;
        }
    }

    AcceptOutcome IValueTaskSource<AcceptOutcome>.GetResult(short token)
    {
        _cancellation.Dispose();
        _cancellation = default;
        return _waiting.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource<AcceptOutcome>.GetStatus(short token) => _waiting.GetStatus(token);

    void IValueTaskSource<AcceptOutcome>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _waiting.OnCompleted(continuation, state, token, flags);

    private protected override ValueTask<AcceptOutcome> AcceptOnceAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<AcceptOutcome>(cancellationToken);
        if (_turn.Has(Signals.Waiting)) throw new InvalidOperationException("Somebody waits for a connection already.");
        while (true)
        {
            if (IsClosed) return default;
            if (MayAccept() && TryAccept(out var outcome)) return new ValueTask<AcceptOutcome>(outcome);
            _waiting.Reset();
            if (!_turn.TryWait()) continue;
            // It may be over by now; only the caller, who doesn't wait yet, takes the result.
            if (cancellationToken.CanBeCanceled) _cancellation = cancellationToken.UnsafeRegister(static (listener, token) => ((EpollStreamListener)listener!).GiveUp(token), this);
            return new ValueTask<AcceptOutcome>(this, _waiting.Version);
        }
    }

    private protected override void OnClosed()
    {
        _loop.Leave(_token);
        if (_turn.Signal(Signals.Ready)) Finish(default, onLoop: false);
    }

    private void GiveUp(CancellationToken token)
    {
        if (!_turn.Signal(Signals.None)) return;
        _waiting.RunContinuationsAsynchronously = true;
        _waiting.SetException(new OperationCanceledException(token));
    }

    private void Finish(AcceptOutcome outcome, bool onLoop)
    {
        _waiting.RunContinuationsAsynchronously = !onLoop;
        _waiting.SetResult(outcome);
    }

    private bool MayAccept()
    {
        if (!_turn.Take(Signals.Ready)) return false;
        if (!_settings.RunsOnLoop || !_loop.IsCurrent || ++_inTurn <= MostInTurn) return true;
        _loop.Defer(this);
        return false;
    }

    /// <returns>False when nobody waits to be accepted.</returns>
    private unsafe bool TryAccept(out AcceptOutcome outcome)
    {
        outcome = default;
        byte* address = stackalloc byte[StreamSockets.AddressSize];
        int accepted;
        try
        {
            accepted = StreamSockets.Accept(_handle, address);
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
        if (NativeResult.ErrorOf(accepted) == Errno.TryAgain) return false;
        // More may wait, and only what comes anew is told.
        _turn.Add(Signals.Ready);
        if (accepted < 0)
        {
            outcome = new AcceptOutcome(null, NativeResult.ErrorOf(accepted).ToSocketError());
            return true;
        }
        var remote = new StreamAddress(new ReadOnlySpan<byte>(address, StreamSockets.AddressSize));
        var error = EpollStreamConnection.TryAdopt(accepted, remote, _settings, StreamLoop.Next(), isWatched: false, out var connection);
        outcome = new AcceptOutcome(connection, error.ToSocketError());
        return true;
    }
}
