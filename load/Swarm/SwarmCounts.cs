using FastRelay.Load.Measurement;

namespace FastRelay.Load.Swarm;

/// <summary>What a swarm has counted. One writer.</summary>
internal sealed class SwarmCounts
{
    /// <summary>Datagrams sent.</summary>
    public long Sent { get; set; }

    /// <summary>Of them those that were to be replied to.</summary>
    public long Wanted { get; set; }

    /// <summary>Replies that came in time, whose tag verified and that answer the heartbeat awaited.</summary>
    public long Replied { get; set; }

    /// <summary>Replies that were given up.</summary>
    public long Missing { get; set; }

    /// <summary>Datagrams that came and weren't a reply awaited: late, repeated or not authentic.</summary>
    public long Strange { get; set; }

    /// <summary>From the send of a heartbeat to its reply.</summary>
    public LatencyHistogram ReplyTimes { get; private set; } = new();

    /// <summary>Begins anew.</summary>
    public void Reset()
    {
        (Sent, Wanted, Replied, Missing, Strange) = (0, 0, 0, 0, 0);
        ReplyTimes = new LatencyHistogram();
    }
}
