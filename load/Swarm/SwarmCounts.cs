using FastRelay.Load.Measurement;

namespace FastRelay.Load.Swarm;

/// <summary>What a loop has counted. One writer; the counts may be read meanwhile.</summary>
internal sealed class SwarmCounts
{
    /// <summary>Datagrams sent.</summary>
    public long Sent { get; set; }

    /// <summary>Of them those that were to be replied to.</summary>
    public long Wanted { get; set; }

    /// <summary>Replies awaited that came, and verified.</summary>
    public long Replied { get; set; }

    /// <summary>Replies that didn't come in time.</summary>
    public long Missing { get; set; }

    /// <summary>Datagrams that came and weren't a reply awaited: late, repeated or not authentic.</summary>
    public long Strange { get; set; }

    /// <summary>From the send of a datagram to its reply.</summary>
    public LatencyHistogram ReplyTimes { get; } = new();
}
