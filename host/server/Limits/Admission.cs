using FastRelay.Engine.Timing;
using FastRelay.Protocol;
using FastRelay.Protocol.Request;
using FastRelay.Server.Options;

namespace FastRelay.Server.Limits;

/// <summary>
/// Who may connect and start a handshake (SPEC 10.1): counts open and half-open connections, in all and by prefix, under load
/// the handshakes of a prefix, and the tickets shown in handshakes. Thread-safe.
/// </summary>
internal sealed class Admission(LimitOptions limits, IEntropy entropy, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<AddressPrefix, (int HalfOpen, int All)> _byPrefix = [];
    private readonly HashSet<DeviceId> _tickets = [];
    private readonly KeyedRateLimiter _handshakes = new(new RateLimit(limits.HandshakesPerPrefix, 1000, limits.HandshakeBurst), entropy);
    private readonly ShardClock _clock = new(time);
    private int _halfOpen;
    private int _connections;

    /// <summary>Connections that haven't finished their handshake.</summary>
    public int HalfOpen => Volatile.Read(ref _halfOpen);

    /// <summary>All connections.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>
    /// Whether RETRY is in force for a peer, as the rate of handshakes is: more are half-open, in all or of its prefix, the one that asks
    /// included, than the threshold.
    /// </summary>
    public bool IsUnderLoad(TransportAddress peer)
    {
        lock (_gate) return _halfOpen > limits.LoadThreshold || _byPrefix[AddressPrefix.OfHost(peer)].HalfOpen > limits.LoadThresholdPerPrefix;
    }

    /// <summary>Counts a handshake of a stranger who has been admitted and has sent his HELLO.</summary>
    /// <param name="peer">Who.</param>
    /// <param name="waitSeconds">When it is refused: in how many seconds the next may start.</param>
    /// <returns>False when load is on and its prefix starts them too fast.</returns>
    public bool TryStart(TransportAddress peer, out int waitSeconds)
    {
        waitSeconds = 0;
        if (!IsUnderLoad(peer) || _handshakes.TryTake(LimitKey.Of(AddressPrefix.OfHost(peer)), _clock.NowMs, out long waitMs)) return true;
        waitSeconds = (int)((waitMs + 999) / 1000);
        return false;
    }

    /// <summary>A device shows its ticket in a HELLO. False while another half-open connection shows the same one's (SPEC 4.12).</summary>
    public bool TryEnterTicket(DeviceId device)
    {
        lock (_gate) return _tickets.Add(device);
    }

    /// <summary>The handshake in which the ticket was shown is over.</summary>
    public void LeaveTicket(DeviceId device)
    {
        lock (_gate) _tickets.Remove(device);
    }

    /// <summary>Counts a connection in, unless a limit forbids it.</summary>
    /// <returns>When <see cref="AdmissionVerdict.Admitted"/>, the caller calls <see cref="LeaveHalfOpen"/> and <see cref="Leave"/> once each.</returns>
    public AdmissionVerdict Enter(TransportAddress peer)
    {
        var prefix = AddressPrefix.OfHost(peer);
        lock (_gate)
        {
            if (_connections >= limits.Connections || _halfOpen >= limits.HalfOpen) return AdmissionVerdict.NodeFull;
            _byPrefix.TryGetValue(prefix, out var ofPrefix);
            if (ofPrefix.HalfOpen >= limits.HalfOpenPerPrefix || ofPrefix.All >= limits.ConnectionsPerPrefix) return AdmissionVerdict.PrefixFull;
            _byPrefix[prefix] = (ofPrefix.HalfOpen + 1, ofPrefix.All + 1);
            _halfOpen++;
            _connections++;
            return AdmissionVerdict.Admitted;
        }
    }

    /// <summary>The handshake has ended, well or not.</summary>
    public void LeaveHalfOpen(TransportAddress peer)
    {
        var prefix = AddressPrefix.OfHost(peer);
        lock (_gate)
        {
            _halfOpen--;
            var ofPrefix = _byPrefix[prefix];
            _byPrefix[prefix] = ofPrefix with { HalfOpen = ofPrefix.HalfOpen - 1 };
        }
    }

    /// <summary>The connection is closed; its handshake had ended before.</summary>
    public void Leave(TransportAddress peer)
    {
        var prefix = AddressPrefix.OfHost(peer);
        lock (_gate)
        {
            _connections--;
            var ofPrefix = _byPrefix[prefix];
            if (ofPrefix.All == 1) _byPrefix.Remove(prefix);
            else _byPrefix[prefix] = ofPrefix with { All = ofPrefix.All - 1 };
        }
    }
}
