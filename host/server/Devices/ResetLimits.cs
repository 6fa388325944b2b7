using FastRelay.Protocol;
using FastRelay.Protocol.Request;
using FastRelay.Server.Options;

namespace FastRelay.Server.Devices;

/// <summary>
/// How many RESETs the node sends (SPEC 7.5, 10.1), over all shards, for the source isn't proven. Thread-safe, and never waits: while another
/// shard asks, this one is told no; a device that gets none beats again.
/// </summary>
internal sealed class ResetLimits(LimitOptions limits, IEntropy entropy)
{
    private readonly RateLimit _limit = new(Math.Max(1, limits.Resets), 1000, Math.Max(1, limits.Resets));
    private readonly bool _isOff = limits.Resets == 0 || limits.ResetsPerPrefix == 0;
    private readonly KeyedRateLimiter _byPrefix =
        new(new RateLimit(Math.Max(1, limits.ResetsPerPrefix), 1000, Math.Max(1, limits.ResetsPerPrefix)), entropy);
    private readonly Lock _gate = new();
    private RateBucket _all;

    /// <summary>Whether one may be sent to a source now.</summary>
    public bool TryTake(TransportAddress source, long nowMs)
    {
        if (_isOff || !_gate.TryEnter()) return false;
        try
        {
            // The prefix first: one that asks too much must not use up what is everyone's.
            return _byPrefix.TryTake(LimitKey.Of(AddressPrefix.OfNetwork(source)), nowMs, out _) && _all.TryTake(_limit, nowMs);
        }
        finally
        {
            _gate.Exit();
        }
    }
}
