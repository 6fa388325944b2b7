using FastRelay.Engine.Timing;
using FastRelay.Protocol;
using FastRelay.Protocol.Request;
using FastRelay.Server.Options;

namespace FastRelay.Server.Limits;

/// <summary>
/// Who may start a handshake (SPEC 10.1): counts open and half-open connections, in all and by prefix, and under load
/// the handshakes of a prefix. Thread-safe.
/// </summary>
internal sealed class Admission(LimitOptions limits, IEntropy entropy, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<AddressPrefix, (int HalfOpen, int All)> _byPrefix = [];
    private readonly KeyedRateLimiter _handshakes = new(new RateLimit(limits.HandshakesPerPrefix, 1000, limits.HandshakeBurst), entropy);
    private readonly ShardClock _clock = new(time);
    private int _halfOpen;
    private int _connections;

    /// <summary>Connections that haven't finished their handshake.</summary>
    public int HalfOpen => Volatile.Read(ref _halfOpen);

    /// <summary>All connections.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Whether RETRY is in force, as the rate of handshakes is: more are half-open, the one that asks included, than the threshold.</summary>
    public bool IsUnderLoad => HalfOpen > limits.LoadThreshold;

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
            if (_halfOpen >= limits.LoadThreshold && !_handshakes.TryTake(LimitKey.Of(prefix), _clock.NowMs, out _)) return AdmissionVerdict.TooFast;
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
