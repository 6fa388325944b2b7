using System.Diagnostics;
using FastRelay.Engine.Interop.Linux;
using FastRelay.Protocol.Wire;

namespace FastRelay.Load.Swarm;

/// <summary>
/// Devices that heartbeat as real ones do (SPEC 7.4): each waits interval × U[0.8, 1] between heartbeats, sends again when its ACK doesn't
/// come, and comes back by RESUME when none does, or when it is told that its session is gone (SPEC 7.5, 7.9). Used by one thread; nothing
/// is allocated after it was made.
/// </summary>
internal sealed class PacedLoop : IDisposable
{
    /// <summary>The longest wait of SPEC 7.5 and 10.3 that is kept here.</summary>
    private const int MostWaitMs = 60_000;

    private const int MostBackOffPower = 5;
    private static readonly int[] HeartbeatWaitsMs = [1_000, 2_000, 4_000, 4_000];
    private static readonly int[] ResumeWaitsMs = [1_000, 2_000, 4_000];

    private readonly DeviceSwarm _swarm;
    private readonly SwarmDevice[] _devices;
    private readonly PacedLoopOptions _options;
    private readonly SwarmCalendar _calendar;
    private readonly EpollSet _readable = new();
    private readonly int[] _ready;
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly Random _random = new();

    /// <summary>Makes a loop; each device's first heartbeat has a random place in the first interval.</summary>
    public PacedLoop(DeviceSwarm swarm, PacedLoopOptions options)
    {
        _swarm = swarm;
        _devices = swarm.Devices;
        _options = options;
        _ready = new int[swarm.Sockets.Count];
        _calendar = new SwarmCalendar(options.Devices, TimeSpan.FromMilliseconds(Math.Max(MostWaitMs, options.Interval.TotalMilliseconds)));
        swarm.Sockets.AddTo(_readable);
        for (int i = 0; i < options.Devices; i++)
        {
            _devices[i].Phase = SwarmPhase.Beat;
            _devices[i].Awaited = 0;
            _calendar.Add(i, (long)(_random.NextDouble() * options.Interval.TotalMilliseconds));
        }
    }

    /// <summary>What it has counted.</summary>
    public SwarmCounts Counts { get; } = new();

    /// <summary>How the return goes.</summary>
    public ReturnCounts Returns { get; } = new();

    /// <summary>What <see cref="ReturnCounts.BoundAfter"/> counts from, in ticks of the stopwatch.</summary>
    public long ReturnsSince { get; set; }

    /// <summary>Whether a device's next heartbeat is due no later than its ACK would be missed.</summary>
    private bool IsShort => _options.Interval.TotalMilliseconds <= HeartbeatWaitsMs[0];

    private long NowMs => (long)Stopwatch.GetElapsedTime(_started).TotalMilliseconds;

    /// <summary>Goes on until it is told to end.</summary>
    public void Run(Func<bool> goesOn)
    {
        while (goesOn())
        {
            // Until the next millisecond, or until something comes.
            if (!Step()) _readable.Wait(1, _ready);
        }
    }

    /// <summary>Sends what is due and takes what has come.</summary>
    /// <returns>Whether there was anything.</returns>
    public bool Step()
    {
        bool worked = false;
        long now = NowMs;
        // At most so many, so that what comes isn't left lying.
        for (int i = 0; i < 1_024 && _calendar.TryTake(now, out int device); i++)
        {
            Due(device, now);
            worked = true;
        }
        _swarm.Sockets.Send();
        for (int socket = 0; socket < _swarm.Sockets.Count; socket++) worked |= Receive(socket);
        _swarm.Sockets.Send();
        return worked;
    }

    /// <summary>Takes the ACKs that are still out, for at most as long as a device waits for one; nothing more is sent.</summary>
    public void Settle()
    {
        long until = NowMs + HeartbeatWaitsMs[0];
        while (NowMs < until && Counts.Replied < Counts.Wanted)
        {
            bool worked = false;
            for (int socket = 0; socket < _swarm.Sockets.Count; socket++) worked |= Receive(socket);
            if (!worked) _readable.Wait(1, _ready);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _readable.Dispose();

    private void Due(int index, long now)
    {
        ref var device = ref _devices[index];
        switch (device.Phase)
        {
            case SwarmPhase.Beat:
                Beat(ref device, index, now);
                break;
            case SwarmPhase.CheckAck or SwarmPhase.CheckBound:
                CheckAck(ref device, index, now);
                break;
            case SwarmPhase.Return when device.SentAt > Stopwatch.GetTimestamp():
                _calendar.Add(index, now + (long)Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), device.SentAt).TotalMilliseconds);
                break;
            case SwarmPhase.Return:
                device.Phase = SwarmPhase.CheckReturn;
                device.Tries = 0;
                SendResume(ref device, index, now);
                break;
            default:
                CheckReturn(ref device, index, now);
                break;
        }
    }

    private void Beat(ref SwarmDevice device, int index, long now)
    {
        bool wanted = (device.Counter + 1 + (uint)index) % (uint)_options.AckEvery == 0;
        SendHeartbeat(ref device, index, wanted);
        device.Tries = 0;
        device.Phase = wanted ? SwarmPhase.CheckAck : SwarmPhase.Beat;
        long next = NextIntervalMs();
        _calendar.Add(index, now + (wanted ? Math.Min(HeartbeatWaitsMs[0], next) : next));
    }

    private void CheckAck(ref SwarmDevice device, int index, long now)
    {
        int waitMs = HeartbeatWaitsMs[device.Tries];
        long sinceMs = (long)Stopwatch.GetElapsedTime(device.SentAt).TotalMilliseconds;
        if (device.Awaited == 0 && IsShort)
        {
            Beat(ref device, index, now);
            return;
        }
        if (device.Awaited == 0)
        {
            device.Phase = SwarmPhase.Beat;
            _calendar.Add(index, Math.Max(now, now - sinceMs + NextIntervalMs()));
            return;
        }
        if (sinceMs < waitMs)
        {
            _calendar.Add(index, now + waitMs - sinceMs);
            return;
        }
        Counts.Missing++;
        if (++device.Tries < HeartbeatWaitsMs.Length)
        {
            SendHeartbeat(ref device, index, wanted: true);
            _calendar.Add(index, now + HeartbeatWaitsMs[device.Tries]);
            return;
        }
        if (_options.Tickets is null)
        {
            // A swarm that registered by handshakes stays with its sessions.
            device.Awaited = 0;
            device.Phase = SwarmPhase.Beat;
            _calendar.Add(index, now + NextIntervalMs());
            return;
        }
        Return(ref device, afterMs: 0);
        _calendar.Add(index, now);
    }

    private void CheckReturn(ref SwarmDevice device, int index, long now)
    {
        if (++device.Tries < ResumeWaitsMs.Length)
        {
            SendResume(ref device, index, now);
            return;
        }
        Returns.GaveUp++;
        Return(ref device, _random.Next(1_000 << Math.Min((int)device.Returns, MostBackOffPower)));
        _calendar.Add(index, now);
    }

    private void SendResume(ref SwarmDevice device, int index, long now)
    {
        _swarm.Sockets.Commit(index, _options.Tickets!.WriteResume(_swarm.Sockets.Next(index), device, index));
        Returns.Resumes++;
        _calendar.Add(index, now + ResumeWaitsMs[device.Tries]);
    }

    /// <summary>The device comes back. It stands in the calendar already, or is to be entered.</summary>
    private static void Return(ref SwarmDevice device, int afterMs)
    {
        device.Phase = SwarmPhase.Return;
        device.Returns++;
        device.Awaited = 0;
        device.SentAt = Stopwatch.GetTimestamp() + (afterMs * (Stopwatch.Frequency / 1_000));
    }

    private void SendHeartbeat(ref SwarmDevice device, int index, bool wanted)
    {
        device.Counter++;
        device.Awaited = wanted ? device.Counter : 0;
        device.SentAt = Stopwatch.GetTimestamp();
        _swarm.Sockets.Commit(index, HeartbeatTraffic.WriteHeartbeat(_swarm.Sockets.Next(index), ref device, wanted, _swarm.Aead));
        Counts.Sent++;
        if (wanted) Counts.Wanted++;
    }

    private bool Receive(int socket)
    {
        int count = _swarm.Sockets.Receive(socket);
        long now = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
        {
            var datagram = _swarm.Sockets.Received(socket, i, out int index);
            if (index >= _options.Devices || !Take(datagram, ref _devices[index], index, now)) Counts.Strange++;
        }
        return count > 0;
    }

    private bool Take(ReadOnlySpan<byte> datagram, ref SwarmDevice device, int index, long now) => device.Phase switch
    {
        SwarmPhase.CheckReturn => TakeResumeAck(datagram, ref device, index),
        SwarmPhase.CheckAck or SwarmPhase.CheckBound when device.Awaited != 0 => TakeAck(datagram, ref device, index, now) || TakeReset(datagram, ref device),
        SwarmPhase.Beat => TakeReset(datagram, ref device),
        _ => false,
    };

    private bool TakeAck(ReadOnlySpan<byte> datagram, ref SwarmDevice device, int index, long now)
    {
        if (HeartbeatTraffic.Read(datagram, ref device, _swarm.Aead, out bool challenged) != Taken.Reply) return false;
        Counts.Replied++;
        Counts.ReplyTimes.Record(Stopwatch.GetElapsedTime(device.SentAt, now));
        device.Awaited = 0;
        device.Tries = 0;
        if (device.Phase == SwarmPhase.CheckBound)
        {
            Returns.Bound++;
            Returns.BoundAfter.Record(Stopwatch.GetElapsedTime(ReturnsSince, now));
            device.Phase = SwarmPhase.CheckAck;
        }
        if (challenged) SendHeartbeat(ref device, index, wanted: true);
        return true;
    }

    private bool TakeResumeAck(ReadOnlySpan<byte> datagram, ref SwarmDevice device, int index)
    {
        var status = _options.Tickets!.TryReadAck(datagram, ref device, index, out int retryAfter);
        if (status is null) return false;
        if (status == ResumeStatus.Full)
        {
            Returns.Full++;
            Return(ref device, _random.Next(1 + (Math.Min(retryAfter * 1_000, MostWaitMs))));
            return true;
        }
        device.Phase = SwarmPhase.CheckBound;
        SendHeartbeat(ref device, index, wanted: true);
        return true;
    }

    private bool TakeReset(ReadOnlySpan<byte> datagram, ref SwarmDevice device)
    {
        if (_options.Tickets is null || _options.NodeKeys is null || datagram.Length != Reset.Size) return false;
        Span<byte> token = stackalloc byte[Reset.TokenSize];
        _options.NodeKeys.WriteResetToken(device.Cid, token);
        if (Reset.TryOpen(datagram, token, out var reset) != RejectReason.None || reset.Cid != device.Cid) return false;
        Returns.Resets++;
        Return(ref device, _random.Next(1 + Math.Min(reset.RetryAfterSeconds * 1_000, MostWaitMs)));
        return true;
    }

    private long NextIntervalMs() => (long)(_options.Interval.TotalMilliseconds * (0.8 + (0.2 * _random.NextDouble())));
}
