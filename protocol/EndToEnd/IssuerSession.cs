using System.Security.Cryptography;
using FastRelay.Protocol.Request;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.EndToEnd;

/// <summary>
/// The issuer's side of one request, end to end (SPEC 9): seals E2E1, then takes the device's answer, which is either a communication
/// request on a direct connection or a verdict in RESULT. Owns its secrets and clears them when disposed. Not thread-safe.
/// </summary>
public sealed class IssuerSession : IDisposable
{
    private readonly ECDiffieHellman _ephemeral;
    private readonly NoiseState _afterMessage1;
    private readonly byte[] _e2e1;
    private readonly byte[] _nonce;
    private bool _answered;

    private IssuerSession(ECDiffieHellman ephemeral, NoiseState afterMessage1, byte[] e2e1, byte[] nonce)
    {
        _ephemeral = ephemeral;
        _afterMessage1 = afterMessage1;
        _e2e1 = e2e1;
        _nonce = nonce;
        CommId = NoisePattern.CommIdOf(afterMessage1);
    }

    /// <summary>The sealed request for CONNECT1.</summary>
    public ReadOnlyMemory<byte> E2E1 => _e2e1;

    /// <summary>What the device's communication request will carry.</summary>
    public CommId CommId { get; }

    /// <summary>Seals a request.</summary>
    /// <param name="descriptor">The device's descriptor, verified for the ID asked for.</param>
    /// <param name="clientKey">The stretched password, 32 bytes (<see cref="PasswordStretcher"/>); 32 zero bytes without one.</param>
    /// <param name="sessionBinding">sess_bind of this TCP #1 and of the address in CONNECT1 (<see cref="Request.SessionBinding"/>), 32 bytes.</param>
    /// <param name="capabilities">What is wanted.</param>
    /// <param name="candidates">Where the issuer waits, 1 to 8, OBSERVED first.</param>
    /// <param name="now">The present time.</param>
    /// <param name="entropy">Makes the ephemeral key and the nonce.</param>
    public static IssuerSession Create(Descriptor descriptor, ReadOnlySpan<byte> clientKey, ReadOnlySpan<byte> sessionBinding,
        RequestCapabilities capabilities, ReadOnlySpan<TransportAddress> candidates, DateTimeOffset now, IEntropy entropy)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        ArgumentNullException.ThrowIfNull(entropy);
        if (candidates.Length is 0 or > RequestPayload.MaxCandidates)
            throw new ArgumentException("A request has 1 to 8 candidates.", nameof(candidates));

        byte[] nonce = new byte[RequestPayload.NonceSize];
        entropy.Fill(nonce);
        using var payload = new RequestPayload(
            nonce, checked((ulong)now.ToUnixTimeMilliseconds()), clientKey, sessionBinding, capabilities, candidates.ToArray());

        var ephemeral = entropy.CreateEphemeral(ECCurve.NamedCurves.nistP256);
        var state = NoisePattern.Begin(descriptor.DeviceId, descriptor.Hash, descriptor.AgreementPoint);
        byte[] e2e1 = new byte[RequestPayload.SealedSize(candidates.Length)];
        var writer = new SpanWriter(e2e1);
        writer.U8(RequestEnvelope.Version);
        writer.U8(RequestEnvelope.Mode);
        writer.Bytes(descriptor.Hash);
        var point = e2e1.AsSpan(RequestEnvelope.HeaderSize - EcPoint.P256Size, EcPoint.P256Size);
        EcPoint.Write(ephemeral, point);
        if (NoisePattern.Mix(state, point, ephemeral, descriptor.AgreementPoint) != RejectReason.None)
        {
            ephemeral.Dispose();
            state.Dispose();
            throw new ArgumentException("The descriptor wasn't verified: its point isn't on the curve.", nameof(descriptor));
        }

        byte[] plaintext = new byte[payload.Size];
        payload.Write(plaintext);
        state.EncryptAndHash(plaintext, e2e1.AsSpan(RequestEnvelope.HeaderSize));
        CryptographicOperations.ZeroMemory(plaintext);
        return new IssuerSession(ephemeral, state, e2e1, nonce);
    }

    /// <summary>
    /// Takes a communication request. Bytes that don't verify change nothing, so the genuine one may still come.
    /// Each session takes one answer: after it everything is <see cref="RejectReason.OutOfOrder"/>.
    /// </summary>
    /// <param name="commReq">108 bytes.</param>
    /// <param name="channel">The channel, whose first record must be the issuer's ACCEPT. The caller owns it.</param>
    public RejectReason TryAcceptCommReq(ReadOnlySpan<byte> commReq, out EndToEndChannel? channel)
    {
        channel = null;
        var reason = CommReq.TryParse(commReq, out var message);
        if (reason != RejectReason.None) return reason;
        if (message.CommId != CommId) return RejectReason.UnknownSession;
        reason = TryOpen(message.Message2, out var verdict, out var state);
        using (state)
        {
            if (reason != RejectReason.None) return reason;
            if (verdict != Verdict.Yes) return RejectReason.BadValue;
            _answered = true;
            channel = EndToEndChannel.Split(state!, isIssuer: true);
            return RejectReason.None;
        }
    }

    /// <summary>Reads the verdict that came with RESULT: 98 bytes. Same rules as <see cref="TryAcceptCommReq"/>.</summary>
    public RejectReason TryReadVerdict(ReadOnlySpan<byte> message2, out Verdict verdict)
    {
        var reason = TryOpen(message2, out verdict, out var state);
        state?.Dispose();
        if (reason == RejectReason.None) _answered = true;
        return reason;
    }

    private RejectReason TryOpen(ReadOnlySpan<byte> message2, out Verdict verdict, out NoiseState? state)
    {
        verdict = default;
        state = null;
        if (_answered) return RejectReason.OutOfOrder;
        if (message2.Length < CommReq.Message2Size) return RejectReason.TooShort;
        if (message2.Length > CommReq.Message2Size) return RejectReason.TrailingBytes;
        var point = message2[..EcPoint.P256Size];
        Span<byte> body = stackalloc byte[1 + RequestPayload.NonceSize];
        state = _afterMessage1.Copy();
        var reason = NoisePattern.Mix(state, point, _ephemeral, point);
        if (reason != RejectReason.None) return reason;
        if (!state.TryDecryptAndHash(message2[EcPoint.P256Size..], body)) return RejectReason.BadTag;
        if (!CryptographicOperations.FixedTimeEquals(body[1..], _nonce)) return RejectReason.Replayed;
        if (body[0] > (byte)Verdict.Busy) return RejectReason.BadValue;
        verdict = (Verdict)body[0];
        return RejectReason.None;
    }

    /// <summary>Clears the secrets.</summary>
    public void Dispose()
    {
        _ephemeral.Dispose();
        _afterMessage1.Dispose();
        CryptographicOperations.ZeroMemory(_nonce);
    }
}
