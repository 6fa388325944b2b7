namespace FastRelay.Protocol.Request;

/// <summary>A token bucket for each key (prefix, device) in bounded memory under a hash key of this process. Thread-safe.</summary>
public sealed class KeyedRateLimiter
{
    /// <summary>Keys remembered unless told otherwise: about 4 MiB.</summary>
    public const int DefaultCapacity = 65_536;

    private readonly LimitTable<RateBucket> _table;
    private readonly RateLimit _limit;
    private readonly Lock _gate = new();

    /// <summary>Makes one with every bucket full.</summary>
    public KeyedRateLimiter(RateLimit limit, IEntropy entropy, int capacity = DefaultCapacity)
    {
        _limit = limit;
        _table = new LimitTable<RateBucket>(capacity, entropy);
    }

    /// <summary>Takes one token of a key, on credit when there is none (<see cref="RateBucket.TryOwe"/>).</summary>
    /// <param name="key">Who is counted.</param>
    /// <param name="nowMs">A monotonic clock, milliseconds.</param>
    /// <param name="mostWaitMs">How long one may have to wait for the token.</param>
    /// <param name="waitMs">How long one has to.</param>
    public bool TryOwe(LimitKey key, long nowMs, long mostWaitMs, out long waitMs)
    {
        lock (_gate)
        {
            ref var place = ref _table.Get(key, nowMs);
            bool taken = place.State.TryOwe(_limit, nowMs, mostWaitMs, out waitMs);
            place.ExpiresMs = place.State.FullAtMs(_limit);
            return taken;
        }
    }

    /// <summary>Takes one token of a key.</summary>
    /// <param name="key">Who is counted.</param>
    /// <param name="nowMs">A monotonic clock, milliseconds.</param>
    /// <param name="waitMs">How long until the next token, when there is none.</param>
    public bool TryTake(LimitKey key, long nowMs, out long waitMs)
    {
        lock (_gate)
        {
            ref var place = ref _table.Get(key, nowMs);
            bool taken = place.State.TryTake(_limit, nowMs);
            waitMs = taken ? 0 : place.State.WaitMs(_limit, nowMs);
            place.ExpiresMs = place.State.FullAtMs(_limit);
            return taken;
        }
    }
}
