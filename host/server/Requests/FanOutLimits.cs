using FastRelay.Engine.Timing;
using FastRelay.Protocol;
using FastRelay.Protocol.Request;
using FastRelay.Server.Options;

namespace FastRelay.Server.Requests;

/// <summary>How many distinct devices an issuer may ask for, and how many may be sent to one address and port (SPEC 10.1). Thread-safe.</summary>
internal sealed class FanOutLimits(LimitOptions limits, IEntropy entropy, TimeProvider time)
{
    private readonly FanOutLimiter _limiter = new(entropy, limits.DevicesPerDestination, limits.DevicesPerIssuer);
    private readonly ShardClock _clock = new(time);

    /// <summary>Counts the request, or says in how many seconds it may come again.</summary>
    public bool TryAdmit(DeviceId device, TransportAddress issuer, out int retryAfterSeconds)
    {
        // The destination is the issuer's observed address (SPEC 6.5).
        bool admitted = _limiter.TryAdmit(issuer, issuer, device, _clock.NowMs, out long waitMs);
        retryAfterSeconds = (int)((waitMs + 999) / 1000);
        return admitted;
    }
}
