using FastRelay.Server.Options;

namespace FastRelay.Server.Devices;

/// <summary>The heartbeat's numbers as the datagram loop uses them, in 64-bit milliseconds and wire units.</summary>
internal sealed class HeartbeatRhythm(HeartbeatOptions options)
{
    /// <summary>The interval.</summary>
    public long IntervalMs { get; } = (long)options.Interval.TotalMilliseconds;

    /// <summary>The interval in units of 100 ms (SPEC 6.3, 7.3).</summary>
    public int IntervalTenths { get; } = (int)(options.Interval.TotalMilliseconds / 100);

    /// <summary>Intervals without a heartbeat after which a device counts as offline.</summary>
    public int Missed { get; } = options.Missed;

    /// <summary>Every how many heartbeats an ack is asked for.</summary>
    public int AckEvery { get; } = options.AckEvery;

    /// <summary>The life of a session.</summary>
    public long LifetimeMs { get; } = (long)options.SessionLifetime.TotalMilliseconds;

    /// <summary>How long a device may be silent.</summary>
    public long PatienceMs => IntervalMs * Missed;
}
