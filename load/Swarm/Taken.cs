namespace FastRelay.Load.Swarm;

/// <summary>What a datagram was to the device that it came to.</summary>
internal enum Taken
{
    /// <summary>Nothing awaited: late, repeated or not authentic.</summary>
    Strange,

    /// <summary>The reply awaited.</summary>
    Reply,

    /// <summary>A reply after which the device sends once more before it is done.</summary>
    More,
}
