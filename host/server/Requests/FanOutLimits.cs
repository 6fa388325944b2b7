using FastRelay.Engine.Timing;
using FastRelay.Protocol;
using FastRelay.Protocol.Request;
using FastRelay.Server.Options;

namespace FastRelay.Server.Requests;

/// <summary>
/// How many distinct devices an issuer may ask for, how many may be sent to one address and port, how often one issuer may ask
/// for one device, and how many of a device's wakes are his (SPEC 10.1). Thread-safe.
/// </summary>
internal sealed class FanOutLimits(LimitOptions limits, IEntropy entropy, TimeProvider time)
{
    private readonly FanOutLimiter _limiter = new(entropy, limits.DevicesPerDestination, limits.DevicesPerIssuer);
    private readonly KeyedRateLimiter _toDevice = new(new RateLimit(limits.RequestsPerDevice, 1000, limits.RequestBurst), entropy);
    private readonly KeyedRateLimiter _wakes = new(new RateLimit(limits.WakesPerIssuer, 60_000, limits.WakesPerIssuer), entropy);
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

    /// <summary>
    /// Takes one wake of the issuer's share in those of a device, or says in how many seconds there is one: so that no one stranger uses up
    /// what a device has, and others can still wake it. A request that finds a wake open, or the device connected, takes none.
    /// </summary>
    public bool TryTakeWake(DeviceId device, TransportAddress issuer, out int retryAfterSeconds)
    {
        bool taken = _wakes.TryTake(LimitKey.Of(AddressPrefix.OfHost(issuer), device), _clock.NowMs, out long waitMs);
        retryAfterSeconds = (int)((waitMs + 999) / 1000);
        return taken;
    }
}
