using FastRelay.Engine.Timing;
using FastRelay.Protocol;
using FastRelay.Protocol.Request;
using FastRelay.Server.Options;

namespace FastRelay.Server.Limits;

/// <summary>
/// How fast descriptors are handed out (SPEC 10.1): to one connection and to one prefix. Who asks faster waits for his answers; whose
/// answers would wait too long is cut off. Thread-safe, but for the account of a connection.
/// </summary>
internal sealed class DescriptorPace(LimitOptions limits, IEntropy entropy, TimeProvider time)
{
    /// <summary>The longest that an answer is held back.</summary>
    public const int MostWaitMs = 5_000;

    private readonly RateLimit _ofConnection = new(limits.Descriptors, 1000, limits.RequestBurst);
    private readonly KeyedRateLimiter _ofPrefix = new(new RateLimit(limits.DescriptorsPerPrefix, 1000, limits.RequestBurst), entropy);
    private readonly ShardClock _clock = new(time);

    /// <summary>Takes one answer on account.</summary>
    /// <param name="peer">The issuer.</param>
    /// <param name="connection">The account of its connection.</param>
    /// <param name="wait">How long the answer is to be held back.</param>
    /// <returns>False when that would be longer than <see cref="MostWaitMs"/>.</returns>
    public bool TryTake(TransportAddress peer, ref RateBucket connection, out TimeSpan wait)
    {
        long now = _clock.NowMs;
        wait = default;
        if (!connection.TryOwe(_ofConnection, now, MostWaitMs, out long connectionMs)) return false;
        if (!_ofPrefix.TryOwe(LimitKey.Of(AddressPrefix.OfHost(peer)), now, MostWaitMs, out long prefixMs)) return false;
        wait = TimeSpan.FromMilliseconds(Math.Max(connectionMs, prefixMs));
        return true;
    }
}
