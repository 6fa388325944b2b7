namespace FastRelay.Protocol.Request;

/// <summary>So many in a time, and how many of them at once.</summary>
/// <param name="Count">How many, at least 1.</param>
/// <param name="PerMs">In how many milliseconds, at least 1.</param>
/// <param name="Burst">How many at once, at least 1.</param>
public readonly record struct RateLimit(int Count, long PerMs, int Burst)
{
    /// <summary>20 handshakes a second from one prefix, 5 at once (SPEC 10.1).</summary>
    public static RateLimit Handshakes => new(20, 1000, 5);

    /// <summary>6 wakes a minute to one device (SPEC 10.1).</summary>
    public static RateLimit Wakes => new(6, 60_000, 6);
}
