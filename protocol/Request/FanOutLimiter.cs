namespace FastRelay.Protocol.Request;

/// <summary>
/// How many distinct devices may be sent to one destination, or asked for by one issuer, within a minute (SPEC 10.1), so that devices
/// can't be gathered against a victim. Asking for the same device again costs nothing. Bounded memory under a hash key of this process.
/// Thread-safe.
/// </summary>
public sealed class FanOutLimiter
{
    /// <summary>Distinct devices a minute to one destination address and port.</summary>
    public const int DefaultPerDestination = 5;

    /// <summary>Distinct devices a minute for one issuer IP.</summary>
    public const int DefaultPerIssuer = 20;

    /// <summary>Destinations and issuers remembered unless told otherwise.</summary>
    public const int DefaultCapacity = 16_384;

    private const long WindowMs = 60_000;

    private readonly LimitTable<Recent> _destinations;
    private readonly LimitTable<Recent> _issuers;
    private readonly int _perDestination;
    private readonly int _perIssuer;
    private readonly Lock _gate = new();

    /// <summary>Makes an empty one.</summary>
    public FanOutLimiter(IEntropy entropy, int perDestination = DefaultPerDestination, int perIssuer = DefaultPerIssuer,
        int capacity = DefaultCapacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(perDestination, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(perIssuer, 1);
        _perDestination = perDestination;
        _perIssuer = perIssuer;
        _destinations = new LimitTable<Recent>(capacity, entropy);
        _issuers = new LimitTable<Recent>(capacity, entropy);
    }

    /// <summary>Lets a request through and counts it, or refuses it and counts nothing.</summary>
    /// <param name="destination">The address of CONNECT1.</param>
    /// <param name="issuer">Where TCP #1 comes from; its prefix is counted (<see cref="AddressPrefix.OfHost"/>).</param>
    /// <param name="device">The device asked for.</param>
    /// <param name="nowMs">A monotonic clock, milliseconds.</param>
    /// <param name="waitMs">How long until it would be let through, when it is refused.</param>
    public bool TryAdmit(TransportAddress destination, TransportAddress issuer, DeviceId device, long nowMs, out long waitMs)
    {
        lock (_gate)
        {
            ref var byDestination = ref _destinations.Get(LimitKey.Of(destination), nowMs);
            ref var byIssuer = ref _issuers.Get(LimitKey.Of(AddressPrefix.OfHost(issuer)), nowMs);
            waitMs = Math.Max(
                byDestination.State.WaitMs(device, _perDestination, nowMs),
                byIssuer.State.WaitMs(device, _perIssuer, nowMs));
            if (waitMs > 0) return false;
            byDestination.State.Count(device, _perDestination, nowMs);
            byDestination.ExpiresMs = nowMs + WindowMs;
            byIssuer.State.Count(device, _perIssuer, nowMs);
            byIssuer.ExpiresMs = nowMs + WindowMs;
            return true;
        }
    }

    /// <summary>The devices of the last minute, at most the limit's number.</summary>
    private struct Recent
    {
        private (DeviceId Device, long UntilMs)[]? _devices;

        public readonly long WaitMs(DeviceId device, int limit, long nowMs)
        {
            if (_devices is null) return 0;
            long soonest = long.MaxValue;
            foreach (var (known, untilMs) in _devices.AsSpan(0, limit))
            {
                if (untilMs <= nowMs || known == device) return 0;
                soonest = Math.Min(soonest, untilMs);
            }
            return soonest - nowMs;
        }

        public void Count(DeviceId device, int limit, long nowMs)
        {
            _devices ??= new (DeviceId, long)[limit];
            int place = -1;
            for (int i = 0; i < limit; i++)
            {
                if (_devices[i].UntilMs > nowMs && _devices[i].Device == device)
                {
                    place = i;
                    break;
                }
                if (place < 0 && _devices[i].UntilMs <= nowMs) place = i;
            }
            _devices[place] = (device, nowMs + WindowMs);
        }
    }
}
