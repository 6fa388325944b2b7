namespace FastRelay.Protocol.Request;

/// <summary>
/// A token bucket in one word: it keeps the time at which it would be full again (the generic cell rate algorithm), so it needs no
/// timer and counts exactly. A default one is full. Time is in milliseconds of a monotonic clock that is never negative.
/// </summary>
public struct RateBucket
{
    // In units of 1/Count ms, in which one token is worth exactly PerMs.
    private long _fullAt;

    /// <summary>Takes one token if there is one.</summary>
    public bool TryTake(in RateLimit limit, long nowMs)
    {
        long now = nowMs * limit.Count;
        long fullAt = Math.Max(_fullAt, now) + limit.PerMs;
        if (fullAt - now > limit.Burst * limit.PerMs) return false;
        _fullAt = fullAt;
        return true;
    }

    /// <summary>Takes one token, on credit when there is none: whoever paces others instead of refusing them.</summary>
    /// <param name="limit">The limit.</param>
    /// <param name="nowMs">A monotonic clock, milliseconds.</param>
    /// <param name="mostWaitMs">How long one may have to wait for the token that is taken.</param>
    /// <param name="waitMs">How long one has to; 0 when it was there.</param>
    public bool TryOwe(in RateLimit limit, long nowMs, long mostWaitMs, out long waitMs)
    {
        waitMs = WaitMs(limit, nowMs);
        if (waitMs > mostWaitMs) return false;
        _fullAt = Math.Max(_fullAt, nowMs * limit.Count) + limit.PerMs;
        return true;
    }

    /// <summary>Milliseconds until a token is there, rounded up; 0 when there is one.</summary>
    public readonly long WaitMs(in RateLimit limit, long nowMs)
    {
        long missing = Math.Max(_fullAt, nowMs * limit.Count) + limit.PerMs - (nowMs * limit.Count) - (limit.Burst * limit.PerMs);
        return missing <= 0 ? 0 : (missing + limit.Count - 1) / limit.Count;
    }

    /// <summary>When the bucket is full again, so that forgetting it loses nothing.</summary>
    public readonly long FullAtMs(in RateLimit limit) => (_fullAt + limit.Count - 1) / limit.Count;
}
