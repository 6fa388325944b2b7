using FastRelay.Engine.Timing;
using FastRelay.Protocol;
using FastRelay.Protocol.Request;
using FastRelay.Server.Options;

namespace FastRelay.Server.Requests;

/// <summary>
/// How many distinct devices an issuer may ask for, how many may be sent to one address and port, and how often one issuer may ask
/// for one device (SPEC 10.1). Thread-safe.
/// </summary>
internal sealed class FanOutLimits(LimitOptions limits, IEntropy entropy, TimeProvider time)
{
    private readonly FanOutLimiter _limiter = new(entropy, limits.DevicesPerDestination, limits.DevicesPerIssuer);
    private readonly KeyedRateLimiter _toDevice = new(new RateLimit(limits.RequestsPerDevice, 1000, limits.RequestBurst), entropy);
    private readonly ShardClock _clock = new(time);

    /// <summary>Counts the request, or says in how many seconds it may come again.</summary>
    public bool TryAdmit(DeviceId device, TransportAddress issuer, out int retryAfterSeconds)
    {
        long nowMs = _clock.NowMs;
        // The destination is the issuer's observed address (SPEC 6.5).
        bool admitted = _limiter.TryAdmit(issuer, issuer, device, nowMs, out long waitMs)
            && _toDevice.TryTake(LimitKey.Of(AddressPrefix.OfHost(issuer), device), nowMs, out waitMs);
        retryAfterSeconds = (int)((waitMs + 999) / 1000);
        return admitted;
    }
}
