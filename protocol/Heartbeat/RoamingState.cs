namespace FastRelay.Protocol.Heartbeat;

/// <summary>
/// Which address a session is bound to, and how it moves (SPEC 7.6). A pure state machine: verified heartbeats and the clock in,
/// challenges out. Its rule was model-checked: who can copy, race and forward a device's datagrams, but neither drop nor forge
/// them, never becomes the bound address; a device that really moved is followed. A plain value of 80 bytes, one writer.
/// <code>
/// unbound ── HB from the registered IP ──▶ bound ◀───────────── ECHO of n_old, from anywhere
///    │                                       │ HB from elsewhere ▶ n_new to it, n_old to the bound   │
///    └── HB from elsewhere ─▶ candidate ◀────┘─────────────────────────────────────────────────────┘
///                                │ ECHO of n_new, from anywhere
///                                ▼
///                            reachable ── 1.5 s after the challenge, 5 s after the last move ──▶ bound
/// </code>
/// A bound address is one that proved itself: its IP by the TCP registration, or its path by an echo. To any other address at most
/// one datagram goes out for each HB that came from it.
/// </summary>
public struct RoamingState
{
    /// <summary>The old path has so long to answer, in ms from the challenge.</summary>
    public const long OldPathMs = 1500;

    /// <summary>At most one move in so many ms.</summary>
    public const long MoveSpacingMs = 5000;

    // n_old is sent again, in ms from the challenge: one lost datagram mustn't cost a device its binding.
    private const long FirstRepeatMs = 300;
    private const long SecondRepeatMs = 900;
    private const byte Repeats = 2;

    private const byte HasBoundFlag = 1;
    private const byte ValidatedFlag = 2;
    private const byte HasCandidateFlag = 4;
    private const byte ReachableFlag = 8;

    private readonly UInt128 _registeredIp;
    private UInt128 _boundIp;
    private UInt128 _candidateIp;
    private long _challengedAtMs;
    private long _moveAllowedAtMs;
    private uint _boundNonce;
    private uint _candidateNonce;
    private ushort _boundPort;
    private ushort _candidatePort;
    private byte _flags;
    private byte _repeats;

    /// <summary>A session of which no heartbeat has come yet.</summary>
    /// <param name="registeredIp">The IP address from which the device registered by TCP, as in <see cref="TransportAddress.Ip"/>.</param>
    public RoamingState(UInt128 registeredIp)
    {
        _registeredIp = registeredIp;
        _moveAllowedAtMs = long.MinValue;
    }

    /// <summary>Takes up again what was laid to rest. One that isn't bound goes on from its registered IP.</summary>
    public RoamingState(in RestingBinding binding)
        : this(binding.IsBound ? 0 : binding.Ip)
    {
        // Once bound the registered IP says nothing any more.
        if (!binding.IsBound) return;
        (_boundIp, _boundPort, _boundNonce) = (binding.Ip, binding.Port, binding.Nonce);
        Set(HasBoundFlag | (binding.IsValidated ? ValidatedFlag : 0));
    }

    /// <summary>What <see cref="RestingBinding"/> keeps of this; everything when it is at rest.</summary>
    public readonly RestingBinding Binding => Has(HasBoundFlag)
        ? new RestingBinding(_boundIp, _boundPort, _boundNonce, IsBound: true, Has(ValidatedFlag))
        : new RestingBinding(_registeredIp, 0, 0, IsBound: false, IsValidated: false);

    /// <summary>Whether nothing moves: no candidate waits, and the last move is as long ago as the next must be from it.</summary>
    public readonly bool IsAtRest(long nowMs) => !Has(HasCandidateFlag) && (!Has(HasBoundFlag) || nowMs >= _moveAllowedAtMs);

    /// <summary>Whether an address is bound: there is somewhere to send to.</summary>
    public readonly bool IsBound => Has(HasBoundFlag);

    /// <summary>Whether an echo came back from the bound address: required for CONNECT2_FAST (SPEC 7.8).</summary>
    public readonly bool IsValidated => Has(HasBoundFlag) && Has(ValidatedFlag);

    /// <summary>The bound address; default when there is none.</summary>
    public readonly TransportAddress Bound => Has(HasBoundFlag) ? new(_boundIp, _boundPort) : default;

    /// <summary>Whether another source waits to be bound.</summary>
    public readonly bool HasCandidate => Has(HasCandidateFlag);

    /// <summary>The candidate; default when there is none.</summary>
    public readonly TransportAddress Candidate => Has(HasCandidateFlag) ? new(_candidateIp, _candidatePort) : default;

    /// <summary>Whether the candidate answered its challenge: a WAKE goes there too.</summary>
    public readonly bool IsCandidateReachable => Has(HasCandidateFlag) && Has(ReachableFlag);

    /// <summary>When <see cref="OnTimer"/> has something to do; <see cref="long.MaxValue"/> when it hasn't.</summary>
    public readonly long NextTimerMs
    {
        get
        {
            if (!Has(HasCandidateFlag)) return long.MaxValue;
            if (Has(HasBoundFlag) && _repeats < Repeats) return _challengedAtMs + NextRepeatMs;
            return Has(ReachableFlag) ? BindAtMs : long.MaxValue;
        }
    }

    private readonly long NextRepeatMs => _repeats == 0 ? FirstRepeatMs : SecondRepeatMs;

    private readonly long BindAtMs => Math.Max(_challengedAtMs + OldPathMs, Has(HasBoundFlag) ? _moveAllowedAtMs : long.MinValue);

    /// <summary>
    /// A heartbeat came whose counter is fresh and whose tag verified; nothing else may be passed in. At most one reply goes to its source,
    /// at most one challenge to the bound address.
    /// </summary>
    /// <param name="source">Where it came from.</param>
    /// <param name="echo">The nonce that it echoes, or null.</param>
    /// <param name="nowMs">The monotonic clock, 64-bit ms.</param>
    /// <param name="entropy">For the nonces.</param>
    public RoamingOutcome OnHeartbeat(TransportAddress source, uint? echo, long nowMs, IEntropy entropy)
    {
        ArgumentNullException.ThrowIfNull(entropy);
        if (!Has(HasBoundFlag) && source.Ip == _registeredIp) return BindFirst(source, entropy);

        var events = RoamingEvents.None;
        // An echo counts from any source: who races a copy burns the counter of the genuine one (RFC 9000 8.2.2).
        if (echo is { } nonce && Has(HasCandidateFlag))
        {
            if (nonce == _boundNonce && Has(HasBoundFlag))
            {
                ForgetCandidate();
                events = RoamingEvents.CandidateDropped | Validate();
                return new RoamingOutcome(events, source != Bound, null, null);
            }
            if (nonce == _candidateNonce)
            {
                if (!Has(ReachableFlag)) events = RoamingEvents.CandidateReachable;
                Set(ReachableFlag);
                return new RoamingOutcome(events, !Has(HasBoundFlag) || source != Bound, null, null);
            }
        }
        else if (echo is { } validation && validation == _boundNonce && Has(HasBoundFlag))
        {
            events = Validate();
        }

        if (Has(HasBoundFlag) && source == Bound)
        {
            uint? challenge = Has(ValidatedFlag) ? null : _boundNonce;
            return new RoamingOutcome(events, challenge is not null, challenge, null);
        }
        return OnOtherSource(source, events, nowMs, entropy);
    }

    /// <summary>The time of <see cref="NextTimerMs"/> has come: repeats n_old, or binds the candidate. Does nothing before its time.</summary>
    public RoamingOutcome OnTimer(long nowMs)
    {
        if (nowMs < NextTimerMs) return default;
        if (Has(HasBoundFlag) && _repeats < Repeats)
        {
            // A timer that comes late moves the rest along: the old path has its time after each challenge, however long a pause was.
            _challengedAtMs = Math.Max(_challengedAtMs, nowMs - NextRepeatMs);
            _repeats++;
            return new RoamingOutcome(RoamingEvents.None, false, null, _boundNonce);
        }

        RoamingEvents events = RoamingEvents.Validated;
        if (Has(HasBoundFlag))
        {
            events |= RoamingEvents.Moved;
            _moveAllowedAtMs = nowMs + MoveSpacingMs;
        }
        else
        {
            events |= RoamingEvents.Bound;
        }
        (_boundIp, _boundPort, _boundNonce) = (_candidateIp, _candidatePort, 0);
        ForgetCandidate();
        Set(HasBoundFlag | ValidatedFlag);
        return new RoamingOutcome(events, false, null, null);
    }

    /// <summary>Forgets a candidate that hasn't answered, such as when the device has gone: should it come from there again, it is asked anew.</summary>
    public void GiveUpCandidate()
    {
        if (Has(HasCandidateFlag) && !Has(ReachableFlag)) ForgetCandidate();
    }

    private RoamingOutcome BindFirst(TransportAddress source, IEntropy entropy)
    {
        RoamingEvents events = RoamingEvents.Bound | (Has(HasCandidateFlag) ? RoamingEvents.CandidateDropped : RoamingEvents.None);
        ForgetCandidate();
        Set(HasBoundFlag);
        (_boundIp, _boundPort) = (source.Ip, source.Port);
        _boundNonce = NewNonce(entropy, 0);
        return new RoamingOutcome(events, true, _boundNonce, null);
    }

    private RoamingOutcome OnOtherSource(TransportAddress source, RoamingEvents events, long nowMs, IEntropy entropy)
    {
        if (Has(HasCandidateFlag) && source == Candidate)
        {
            if (Has(ReachableFlag)) return new RoamingOutcome(events, true, null, null);
            if (nowMs - _challengedAtMs < OldPathMs) return new RoamingOutcome(events, true, _candidateNonce, null);
            // Its answer didn't come in time. The old path is asked anew as well, so that the next answer proves no more than the first would have.
        }

        (_candidateIp, _candidatePort) = (source.Ip, source.Port);
        Clear(ReachableFlag);
        Set(HasCandidateFlag);
        _candidateNonce = NewNonce(entropy, 0);
        if (Has(HasBoundFlag)) _boundNonce = NewNonce(entropy, _candidateNonce);
        _challengedAtMs = nowMs;
        _repeats = 0;
        return new RoamingOutcome(
            events | RoamingEvents.CandidateFound, true, _candidateNonce, Has(HasBoundFlag) ? _boundNonce : null);
    }

    private RoamingEvents Validate()
    {
        // 0 is no nonce, so nothing echoes a challenge that is over.
        _boundNonce = 0;
        if (Has(ValidatedFlag)) return RoamingEvents.None;
        Set(ValidatedFlag);
        return RoamingEvents.Validated;
    }

    private void ForgetCandidate()
    {
        Clear(HasCandidateFlag | ReachableFlag);
        (_candidateIp, _candidatePort, _candidateNonce, _challengedAtMs, _repeats) = (0, 0, 0, 0, 0);
    }

    private static uint NewNonce(IEntropy entropy, uint other)
    {
        uint nonce = entropy.NextUInt32();
        while (nonce == 0 || nonce == other) nonce = unchecked(nonce + 1);
        return nonce;
    }

    private readonly bool Has(byte flag) => (_flags & flag) != 0;

    private void Set(int flags) => _flags |= (byte)flags;

    private void Clear(int flags) => _flags &= (byte)~flags;
}
