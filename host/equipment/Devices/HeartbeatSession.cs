using System.Net;
using System.Net.Sockets;
using FastRelay.Protocol;
using FastRelay.Protocol.Heartbeat;
using FastRelay.Protocol.Tracing;
using FastRelay.Protocol.Wire;
using Microsoft.Extensions.Logging;

namespace FastRelay.Equipment.Devices;

/// <summary>
/// One registration's heartbeats (SPEC 7, claim 8: the equipment registration signal): a UDP socket connected to the server, the schedule,
/// and the answers to what the server sends as a response.
/// <code>
/// 1. the timer asks the schedule → HB                        timer thread, under the lock
/// 2. a datagram comes → cid, window, tag → ACK: schedule     receive loop, under the lock
///                                        → CHAL: HB with ECHO at once
///                                        → WAKE: WAKE_ACK at once, event
///                                        → CONNECT2_FAST: event; the answer is sent when it is ready
///                                        → RESET with our token: the session is over
/// 3. the network changed → a socket with the new local address, HB at once
/// </code>
/// </summary>
internal sealed class HeartbeatSession : IAsyncDisposable
{
    /// <summary>Between looks at the wall clock: how long a device that slept may believe that no time has passed.</summary>
    private const long LookMs = 5_000;

    /// <summary>A wall clock that ran so much further than ours says that the machine slept.</summary>
    private const long SleptMs = 3_000;

    private readonly Lock _gate = new();
    private readonly Registration _registration;
    private readonly ISessionEvents _events;
    private readonly TimeProvider _time;
    private readonly SignalReporter _signals;
    private readonly ILogger _logger;
    private readonly HeartbeatSchedule _schedule;
    private readonly PlatformPacketAead _aead = new(capacity: 1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource<SessionEnd> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Socket _socket;
    private ITimer? _timer;
    private Task _receiving = Task.CompletedTask;
    private SendCounter _counter;
    private ReplayWindow _window;
    private ulong _failedTags;
    private ulong _askedCounter;
    private long _askedMs;
    private ushort _rttMs;
    private ulong _highestAck;
    private int _addressTag = -1;
    private long _lookedMs;
    private DateTimeOffset _lookedWall;

    public HeartbeatSession(
        Registration registration, ISessionEvents events, TimeProvider time, IEntropy entropy, SignalReporter signals, ILogger logger)
    {
        _registration = registration;
        _events = events;
        _time = time;
        _signals = signals;
        _logger = logger;
        _schedule = new HeartbeatSchedule(entropy, NowMs, registration.Interval, registration.AckEvery);
        _socket = registration.Socket ?? Connect();
        registration.Socket = null;
    }

    /// <summary>Reads one datagram; another one only in a test.</summary>
    internal Func<Socket, Memory<byte>, CancellationToken, ValueTask<int>> Receive { get; init; } =
        static (socket, buffer, cancellation) => socket.ReceiveAsync(buffer, SocketFlags.None, cancellation);

    /// <summary>Completes when the session is over. Never faults.</summary>
    public Task<SessionEnd> Completion => _end.Task;

    /// <summary>Completes with the first ACK: the server has the session, and datagrams go both ways.</summary>
    public Task Answered => _answered.Task;

    private long NowMs => (long)_time.GetElapsedTime(0).TotalMilliseconds;

    /// <summary>Sends the first heartbeat and goes on.</summary>
    public void Start()
    {
        lock (_gate)
        {
            _timer = _time.CreateTimer(static s => ((HeartbeatSession)s!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _lookedMs = NowMs;
            _lookedWall = _time.GetUtcNow();
            _receiving = ReceiveAllAsync();
        }
        OnTimer();
    }

    /// <summary>The machine's addresses changed: where the way to the server has another local address now, go on from there; a heartbeat at once.</summary>
    public void OnNetworkChanged()
    {
        lock (_gate)
        {
            if (_end.Task.IsCompleted) return;
            try
            {
                var socket = Connect();
                if (LocalAddressOf(socket).Equals(LocalAddressOf(_socket)))
                {
                    socket.Dispose();
                }
                else
                {
                    var old = _socket;
                    _socket = socket;
                    old.Dispose();
                }
            }
            catch (SocketException e)
            {
                EquipmentLog.HeartbeatNotSent(_logger, e.SocketErrorCode);
            }
            _schedule.Hurry(NowMs);
        }
        OnTimer();
    }

    /// <summary>Sends ANSWER_FAST with the content of an ANSWER (SPEC 7.8).</summary>
    public void SendAnswer(ReadOnlySpan<byte> answer)
    {
        lock (_gate)
        {
            if (_end.Task.IsCompleted || !TryNextCounter(out ulong counter)) return;
            Span<byte> datagram = stackalloc byte[DatagramLimits.ShortSize + Answer.MaxSize];
            int size = new SealedAnswer(_registration.Cid, counter, answer).Seal(datagram, _registration.Key, _aead);
            Send(datagram[..size], Signal.Answer);
        }
    }

    /// <summary>Tells the server that the device stops: it counts as offline at once (SPEC 7.2).</summary>
    public void SayGoodbye()
    {
        lock (_gate)
        {
            if (_end.Task.IsCompleted) return;
            SendHeartbeat(ackWanted: false, goodbye: true);
        }
    }

    public async ValueTask DisposeAsync()
    {
        End(new SessionEnd(SessionEndCause.Stopped));
        await _stopping.CancelAsync();
        await _receiving;
        if (_timer is not null) await _timer.DisposeAsync();
        lock (_gate)
        {
            _socket.Dispose();
            _aead.Dispose();
            _registration.Dispose();
        }
        _stopping.Dispose();
    }

    private static IPAddress LocalAddressOf(Socket socket) => ((IPEndPoint)socket.LocalEndPoint!).Address;

    /// <summary>A connected socket: the kernel drops what doesn't come from the server.</summary>
    private Socket Connect()
    {
        var socket = new Socket(_registration.Server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.Connect(_registration.Server); // no packet is sent and nothing is waited for
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private void OnTimer()
    {
        lock (_gate)
        {
            if (_end.Task.IsCompleted) return;
            long now = NowMs;
            if (Slept(now)) _schedule.Hurry(now);
            var step = _schedule.Poll(now);
            if (step == HeartbeatStep.GiveUp)
            {
                End(new SessionEnd(SessionEndCause.Silence));
                return;
            }
            Arm(now); // before the heartbeat, so that whoever sees it knows that the next is set
            if (step != HeartbeatStep.Wait) SendHeartbeat(ackWanted: step == HeartbeatStep.SendWantingAck);
        }
    }

    private void Arm(long now)
    {
        long wait = Math.Clamp(_schedule.DueMs - now, 1, LookMs);
        _timer?.Change(TimeSpan.FromMilliseconds(wait), Timeout.InfiniteTimeSpan);
    }

    /// <summary>The monotonic clock stands still in sleep on most systems, so only the wall clock can tell. A stopped process is told by a late timer.</summary>
    private bool Slept(long now)
    {
        var wall = _time.GetUtcNow();
        long monotonic = now - _lookedMs;
        double ahead = (wall - _lookedWall).TotalMilliseconds - monotonic;
        (_lookedMs, _lookedWall) = (now, wall);
        return ahead >= SleptMs || monotonic >= LookMs + SleptMs;
    }

    private async Task ReceiveAllAsync()
    {
        byte[] buffer = new byte[DatagramLimits.MaxSize + 1]; // one more, so that too long is seen as that
        var pause = new ReceivePause(_time);
        while (!_stopping.IsCancellationRequested)
        {
            Socket socket;
            lock (_gate) socket = _socket;
            try
            {
                pause.Begin();
                int length = await Receive(socket, buffer, _stopping.Token);
                pause.Succeed();
                lock (_gate) OnDatagram(buffer.AsSpan(0, length));
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // An ICMP error of an earlier send, or the socket was replaced. Silence is the schedule's to judge.
                lock (_gate)
                {
                    if (e is ObjectDisposedException && ReferenceEquals(socket, _socket)) return;
                }
                await Task.Delay(pause.Fail(), _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void OnDatagram(ReadOnlySpan<byte> datagram)
    {
        if (_end.Task.IsCompleted) return;
        if (DatagramHeader.TryRead(datagram, out var header) != RejectReason.None || header.Cid != _registration.Cid) return;
        if (header.Type == DatagramType.Reset)
        {
            if (Reset.TryOpen(datagram, _registration.ResetToken, out var reset) != RejectReason.None) return;
            _signals.Received(Signal.Reset, ConnectionRole.None, datagram.Length, _registration.Server);
            End(new SessionEnd(SessionEndCause.Reset, reset.RetryAfterSeconds));
            return;
        }
        if (!_window.IsFresh(header.Counter)) return;
        var reason = header.Type switch
        {
            DatagramType.Ack => OnAck(datagram),
            DatagramType.Wake => OnWake(datagram),
            DatagramType.SealedRequest => OnSealedRequest(datagram),
            _ => RejectReason.UnknownType,
        };
        if (reason == RejectReason.BadTag && ++_failedTags >= DatagramLimits.MaxFailedTags) End(new SessionEnd(SessionEndCause.Exhausted));
    }

    private RejectReason OnAck(ReadOnlySpan<byte> datagram)
    {
        var reason = Ack.TryOpen(datagram, _registration.Key, _aead, out var ack);
        if (reason != RejectReason.None || !_window.TryAccept(ack.Counter)) return reason;
        long now = NowMs;
        _highestAck = Math.Max(_highestAck, ack.Counter);
        bool moved = false;
        if (ack.Challenge is null)
        {
            if (ack.HeartbeatCounter == (ushort)_askedCounter) _rttMs = (ushort)Math.Clamp(now - _askedMs, 1, ushort.MaxValue);
            if (!ack.IsLong)
            {
                moved = _addressTag >= 0 && _addressTag != ack.AddressTag;
                _addressTag = ack.AddressTag;
            }
        }
        _schedule.OnAck(now, ack.IntervalTenths, ack.AckEvery);
        Arm(now);
        _signals.Received(Signal.Ack, ConnectionRole.None, datagram.Length, _registration.Server);
        _answered.TrySetResult();
        _events.OnAlive(ack.IsLong ? ack.Observed : null);
        if (ack.Challenge is { } nonce)
        {
            SendHeartbeat(ackWanted: false, echo: nonce);
            SentOutOfTurn(now);
        }
        else if (moved)
        {
            // The NAT gave another address: the long form asks where we are now (SPEC 7.3).
            SendHeartbeat(ackWanted: true, isLong: true);
            SentOutOfTurn(now);
        }
        if (ack.WakePending) FollowWake(0); // as a WAKE with an unknown wake_id (SPEC 7.3)
        return RejectReason.None;
    }

    private void SentOutOfTurn(long now)
    {
        _schedule.OnSentOutOfTurn(now);
        Arm(now);
    }

    private RejectReason OnWake(ReadOnlySpan<byte> datagram)
    {
        var reason = Wake.TryOpen(datagram, _registration.Key, _aead, out var wake);
        if (reason != RejectReason.None || !_window.TryAccept(wake.Counter)) return reason;
        _signals.Received(Signal.ThirdRequest, ConnectionRole.None, datagram.Length, _registration.Server);
        FollowWake(wake.WakeId);
        return RejectReason.None;
    }

    private void FollowWake(ulong wakeId)
    {
        if (!TryNextCounter(out ulong counter)) return;
        Span<byte> answer = stackalloc byte[WakeAck.Size];
        new WakeAck { Cid = _registration.Cid, Counter = counter, WakeIdHead = WakeAck.HeadOf(wakeId) }.Seal(answer, _registration.Key, _aead);
        Send(answer, Signal.WakeAck);
        _events.OnWake(wakeId);
    }

    private RejectReason OnSealedRequest(ReadOnlySpan<byte> datagram)
    {
        Span<byte> body = stackalloc byte[DatagramLimits.MaxBody];
        var reason = SealedRequest.TryOpen(datagram, _registration.Key, _aead, body, out var request);
        if (reason != RejectReason.None || !_window.TryAccept(request.Counter)) return reason;
        _signals.Received(Signal.SecondRequestFast, ConnectionRole.None, datagram.Length, _registration.Server);
        _events.OnFastRequest(this, request.Body.ToArray());
        return RejectReason.None;
    }

    private void SendHeartbeat(bool ackWanted, uint? echo = null, bool isLong = false, bool goodbye = false)
    {
        if (!TryNextCounter(out ulong counter)) return;
        var heartbeat = new Heartbeat
        {
            Cid = _registration.Cid,
            Counter = counter,
            RttMs = _rttMs,
            AckWanted = ackWanted,
            Goodbye = goodbye,
            Echo = echo,
            LastAck = (ushort)_highestAck,
            IsLong = isLong,
        };
        if (ackWanted) (_askedCounter, _askedMs) = (counter, NowMs);
        Span<byte> datagram = stackalloc byte[DatagramLimits.LongSize];
        int size = heartbeat.Seal(datagram, _registration.Key, _aead);
        Send(datagram[..size], Signal.Heartbeat);
    }

    private bool TryNextCounter(out ulong counter)
    {
        if (_counter.TryNext(out counter)) return true;
        End(new SessionEnd(SessionEndCause.Exhausted));
        return false;
    }

    private void Send(ReadOnlySpan<byte> datagram, Signal signal)
    {
        try
        {
            // Told first, so that a trace never shows the answer before what it answers.
            _signals.Sent(signal, ConnectionRole.None, datagram.Length, _registration.Server);
            _socket.Send(datagram);
        }
        catch (SocketException e)
        {
            // As good as lost: the schedule asks again.
            EquipmentLog.HeartbeatNotSent(_logger, e.SocketErrorCode);
        }
    }

    private void End(SessionEnd end) => _end.TrySetResult(end);
}
