using System.Security.Cryptography;
using FastRelay.Protocol.EndToEnd;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Request;

/// <summary>
/// The device's whole decision on a second connection request (SPEC 8.3), before any packet to the issuer: only a request whose password
/// information coincides with the stored one yields a session that can write a communication request. Thread-safe.
/// </summary>
public sealed class RequestGate
{
    /// <summary>How far the issuer's clock may be off, in milliseconds.</summary>
    public const long MaxClockDifferenceMs = 120_000;

    /// <summary>Descriptors of this run that are still good for requests.</summary>
    public const int DescriptorsKept = 4;

    /// <summary>Requests remembered unless told otherwise: about 400 KiB.</summary>
    public const int DefaultReplayCapacity = 1024;

    private readonly DeviceId _device;
    private readonly IEntropy _entropy;
    private readonly bool _silent;
    private readonly Lockout _lockout;
    private readonly ReplayCache _seen;
    private readonly List<Published> _published = [];
    private readonly Lock _gate = new();
    private DevicePassword _password;
    private DialPolicy _policy;

    /// <summary>Makes the gate of a device; it takes no request before <see cref="Publish"/>.</summary>
    /// <param name="device">This device.</param>
    /// <param name="password">What it stores of its password.</param>
    /// <param name="policy">What it may dial.</param>
    /// <param name="entropy">For the verdicts' ephemeral keys.</param>
    /// <param name="silent">Be silent instead of refusing.</param>
    /// <param name="replayCapacity">Requests remembered.</param>
    public RequestGate(DeviceId device, DevicePassword password, DialPolicy policy, IEntropy entropy, bool silent = false,
        int replayCapacity = DefaultReplayCapacity)
    {
        ArgumentNullException.ThrowIfNull(password);
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(entropy);
        ArgumentOutOfRangeException.ThrowIfLessThan(replayCapacity, 1);
        _device = device;
        _password = password;
        _policy = policy;
        _entropy = entropy;
        _silent = silent;
        _lockout = new Lockout();
        _seen = new ReplayCache(replayCapacity);
    }

    /// <summary>Requests remembered now.</summary>
    public int Remembered
    {
        get { lock (_gate) return _seen.Count; }
    }

    /// <summary>Tells the gate of a descriptor before it is registered. The newest four are good.</summary>
    /// <param name="descriptor">The descriptor.</param>
    /// <param name="agreementKey">The private key of its kem_pub; stays the caller's, and lives as long as the gate.</param>
    /// <param name="notBefore">
    /// For a descriptor that an earlier run of the device published: when this run began. What was sealed before may have been answered then, and is
    /// stale now, because this run doesn't remember it (SPEC 8.3).
    /// </param>
    public void Publish(Descriptor descriptor, ECDiffieHellman agreementKey, DateTimeOffset? notBefore = null)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        ArgumentNullException.ThrowIfNull(agreementKey);
        lock (_gate)
        {
            _published.RemoveAll(p => p.Descriptor.Hash.SequenceEqual(descriptor.Hash));
            _published.Insert(0, new Published(descriptor, agreementKey, notBefore?.ToUnixTimeMilliseconds() ?? 0));
            if (_published.Count > DescriptorsKept) _published.RemoveAt(DescriptorsKept);
        }
    }

    /// <summary>Changes the password. Descriptors with another salt don't fit it any more, so <see cref="Publish"/> a new one.</summary>
    public void SetPassword(DevicePassword password)
    {
        ArgumentNullException.ThrowIfNull(password);
        lock (_gate) _password = password;
    }

    /// <summary>Changes what may be dialled: the device reaches its server at another address now.</summary>
    public void SetPolicy(DialPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        lock (_gate) _policy = policy;
    }

    /// <summary>Decides on one request.</summary>
    /// <param name="request">The second connection request, whichever way it came.</param>
    /// <param name="nowMs">A monotonic clock, milliseconds: for repeats and lock-out.</param>
    /// <param name="now">The wall clock: for the request's own time.</param>
    /// <param name="hasRoom">Whether the device can serve one more connection; without room a request for one is answered "busy" (SPEC 9.4, 5).</param>
    public RequestDecision Decide(in Connect2 request, long nowMs, DateTimeOffset now, bool hasRoom = true)
    {
        lock (_gate)
        {
            // 1: seen before?
            _seen.Expire(nowMs);
            if (_seen.Find(request.RequestId) is { } before)
                return before.Answer.IsEmpty ? Drop(RejectReason.Replayed) : new RequestDecision(RequestOutcome.Repeated) { Answer = before.Answer };
            var malformed = RequestEnvelope.TryParse(request.E2E1, out var outside);
            if (malformed != RejectReason.None) return Drop(malformed);
            var point = ReplayCache.PointKey(outside.EphemeralPoint);
            if (_seen.HasPoint(point)) return Drop(RejectReason.Replayed);
            if (_published.Count == 0) return Drop(RejectReason.OutOfOrder);

            var decision = DecideFresh(request, outside.DescriptorHash, nowMs, now, hasRoom);
            bool accepted = decision.Outcome is RequestOutcome.Accepted or RequestOutcome.Answered;
            _seen.Add(new ReplayCache.Seen(request.RequestId, point, nowMs, accepted, decision.Answer));
            return decision;
        }
    }

    private RequestDecision DecideFresh(in Connect2 request, ReadOnlySpan<byte> descriptorHash, long nowMs, DateTimeOffset now, bool hasRoom)
    {
        var source = AddressPrefix.OfNetwork(request.Address);
        var published = Find(descriptorHash);
        // The verdict of a refusal is sealed with the session, so e2e1 is opened even where the outcome is already known.
        var reason = DeviceSession.TryOpen(request.E2E1, _device, (published ?? _published[0]).AgreementKey, out var session);

        // 2: too many wrong passwords from there? Then this one isn't looked at.
        if (_lockout.IsLocked(source, nowMs)) return Refuse(request.RequestId, session, Verdict.LockedOut);

        // 3: sealed to a descriptor of this run?
        if (published is null) return Refuse(request.RequestId, session, Verdict.Stale);
        if (reason != RejectReason.None) return Drop(reason);
        var payload = session!.Request;

        // 4: of the present time?
        var difference = (Int128)payload.UnixMs - now.ToUnixTimeMilliseconds();
        if (Int128.Abs(difference) > MaxClockDifferenceMs || payload.UnixMs < (ulong)published.NotBeforeMs) return Refuse(request.RequestId, session, Verdict.Stale);

        // 5: made for the session and the address that the server passes on?
        if (!CryptographicOperations.FixedTimeEquals(request.SessionBinding, payload.SessionBinding)) return Drop(RejectReason.BadToken, session);
        if (!payload.Candidates.Contains(request.Address)) return Drop(RejectReason.BadValue, session);

        // 6: the password.
        if (!_password.Verify(payload.ClientKey))
        {
            _lockout.Failed(source, nowMs);
            return Refuse(request.RequestId, session, Verdict.PasswordRefused, passwordCompared: true);
        }
        _lockout.Succeeded(source);
        if (!_seen.HasRoom) return Refuse(request.RequestId, session, Verdict.Busy, passwordCompared: true);

        // 7: only a question?
        if (payload.Capabilities.HasFlag(RequestCapabilities.Ping))
        {
            return new RequestDecision(RequestOutcome.Answered)
            {
                Verdict = Verdict.Yes,
                PasswordCompared = true,
                Answer = SealAnswer(request.RequestId, AnswerStatus.Accepted, session, Verdict.Yes),
            };
        }

        // 8: may it be dialled?
        if (!_policy.Allows(request.Address, request.SamePublic))
            return Refuse(request.RequestId, session, Verdict.AddressRefused, passwordCompared: true);
        if (!hasRoom) return Refuse(request.RequestId, session, Verdict.Busy, passwordCompared: true);

        // 9
        var answer = new Answer { RequestId = request.RequestId, Status = AnswerStatus.Accepted };
        byte[] bytes = new byte[answer.Size];
        answer.Write(bytes);
        return new RequestDecision(RequestOutcome.Accepted)
        {
            Verdict = Verdict.Yes,
            PasswordCompared = true,
            Answer = bytes,
            Address = request.Address,
            Session = session,
        };
    }

    private Published? Find(ReadOnlySpan<byte> descriptorHash)
    {
        foreach (var published in _published)
        {
            if (published.Descriptor.Hash.SequenceEqual(descriptorHash)) return published;
        }
        return null;
    }

    private static RequestDecision Drop(RejectReason reason, DeviceSession? session = null)
    {
        session?.Dispose();
        return new RequestDecision(RequestOutcome.Dropped) { Reason = reason };
    }

    private RequestDecision Refuse(ulong requestId, DeviceSession? session, Verdict verdict, bool passwordCompared = false)
    {
        if (_silent) session?.Dispose();
        return new RequestDecision(RequestOutcome.Refused)
        {
            Verdict = verdict,
            PasswordCompared = passwordCompared,
            Answer = _silent ? default : SealAnswer(requestId, AnswerStatus.Refused, session, verdict),
        };
    }

    /// <summary>An ANSWER with a sealed verdict, or an empty one when e2e1 didn't open. Ends the session.</summary>
    private byte[] SealAnswer(ulong requestId, AnswerStatus status, DeviceSession? session, Verdict verdict)
    {
        Span<byte> message2 = stackalloc byte[CommReq.Message2Size];
        int sealedBytes = session?.WriteVerdict(verdict, _entropy, message2) ?? 0;
        session?.Dispose();
        var answer = new Answer { RequestId = requestId, Status = status, Verdict = message2[..sealedBytes] };
        byte[] bytes = new byte[answer.Size];
        answer.Write(bytes);
        return bytes;
    }

    private sealed record Published(Descriptor Descriptor, ECDiffieHellman AgreementKey, long NotBeforeMs);
}
