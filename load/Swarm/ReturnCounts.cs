using FastRelay.Load.Measurement;

namespace FastRelay.Load.Swarm;

/// <summary>How a swarm's return by RESUME goes. One writer; the counts may be read meanwhile.</summary>
internal sealed class ReturnCounts
{
    /// <summary>RESUMEs sent, repetitions included.</summary>
    public long Resumes { get; set; }

    /// <summary>Devices that are bound: the first heartbeat of their new session was acknowledged.</summary>
    public long Bound { get; set; }

    /// <summary>Times that the server said it was full.</summary>
    public long Full { get; set; }

    /// <summary>Times that a device would have gone on to register by TCP (SPEC 7.9), which a swarm can't: it tried RESUME anew after a back-off.</summary>
    public long GaveUp { get; set; }

    /// <summary>RESETs that were believed.</summary>
    public long Resets { get; set; }

    /// <summary>From the time that the run counts from to each device's being bound.</summary>
    public LatencyHistogram BoundAfter { get; } = new();
}
