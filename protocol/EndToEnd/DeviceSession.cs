using System.Security.Cryptography;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.EndToEnd;

/// <summary>
/// The device's side of one request, end to end (SPEC 9): opens E2E1, then seals one answer, which is either a communication request
/// for a direct connection or a verdict for ANSWER. Owns its secrets and clears them when disposed. Not thread-safe.
/// </summary>
public sealed class DeviceSession : IDisposable
{
    private readonly NoiseState _state;
    private readonly byte[] _issuerPoint;
    private bool _answered;

    private DeviceSession(NoiseState state, byte[] issuerPoint, RequestPayload request)
    {
        _state = state;
        _issuerPoint = issuerPoint;
        Request = request;
        CommId = NoisePattern.CommIdOf(state);
    }

    /// <summary>What the issuer sealed. Cleared with the session.</summary>
    public RequestPayload Request { get; }

    /// <summary>What the communication request will carry.</summary>
    public CommId CommId { get; }

    /// <summary>Opens a sealed request.</summary>
    /// <param name="e2e1">As it came in CONNECT2.</param>
    /// <param name="device">This device.</param>
    /// <param name="agreementKey">The private key of the descriptor's kem_pub.</param>
    /// <param name="session">The session; the caller owns it.</param>
    public static RejectReason TryOpen(ReadOnlySpan<byte> e2e1, DeviceId device, ECDiffieHellman agreementKey, out DeviceSession? session)
    {
        session = null;
        var reason = RequestEnvelope.TryParse(e2e1, out var request);
        if (reason != RejectReason.None) return reason;

        Span<byte> ownPoint = stackalloc byte[EcPoint.P256Size];
        EcPoint.Write(agreementKey, ownPoint);
        var state = NoisePattern.Begin(device, request.DescriptorHash, ownPoint);
        byte[] plaintext = new byte[request.Ciphertext.Length - NoiseState.TagSize];
        reason = NoisePattern.Mix(state, request.EphemeralPoint, agreementKey, request.EphemeralPoint);
        if (reason == RejectReason.None && !state.TryDecryptAndHash(request.Ciphertext, plaintext)) reason = RejectReason.BadTag;
        RequestPayload? payload = null;
        if (reason == RejectReason.None) reason = RequestPayload.TryParse(plaintext, out payload);
        CryptographicOperations.ZeroMemory(plaintext);
        if (reason != RejectReason.None)
        {
            state.Dispose();
            return reason;
        }
        session = new DeviceSession(state, request.EphemeralPoint.ToArray(), payload!);
        return RejectReason.None;
    }

    /// <summary>Seals a verdict, 98 bytes (SPEC 9.4). A session gives one answer; a second throws.</summary>
    /// <returns>The bytes written.</returns>
    public int WriteVerdict(Verdict verdict, IEntropy entropy, Span<byte> destination)
    {
        WriteMessage2(verdict, entropy, destination);
        return CommReq.Message2Size;
    }

    /// <summary>Writes the communication request, 108 bytes (SPEC 9.3). A session gives one answer; a second throws.</summary>
    /// <param name="entropy">Makes the ephemeral key.</param>
    /// <param name="destination">Receives the bytes to send on the new connection.</param>
    /// <param name="channel">The channel; nothing may be sent on it before the issuer's ACCEPT. The caller owns it.</param>
    /// <returns>The bytes written.</returns>
    public int WriteCommReq(IEntropy entropy, Span<byte> destination, out EndToEndChannel channel)
    {
        Span<byte> message2 = stackalloc byte[CommReq.Message2Size];
        WriteMessage2(Verdict.Yes, entropy, message2);
        channel = EndToEndChannel.Split(_state, isIssuer: false);
        return new CommReq { CommId = CommId, Message2 = message2 }.Write(destination);
    }

    private void WriteMessage2(Verdict verdict, IEntropy entropy, Span<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(entropy);
        if (_answered) throw new InvalidOperationException("A request gets one answer.");
        _answered = true;
        using var ephemeral = entropy.CreateEphemeral(ECCurve.NamedCurves.nistP256);
        var point = destination[..EcPoint.P256Size];
        EcPoint.Write(ephemeral, point);
        if (NoisePattern.Mix(_state, point, ephemeral, _issuerPoint) is var reason and not RejectReason.None)
            throw new InvalidOperationException($"The issuer's point was checked before: {reason}.");
        Span<byte> body = stackalloc byte[1 + RequestPayload.NonceSize];
        body[0] = (byte)verdict;
        Request.Nonce.CopyTo(body[1..]);
        _state.EncryptAndHash(body, destination[EcPoint.P256Size..CommReq.Message2Size]);
    }

    /// <summary>Clears the secrets.</summary>
    public void Dispose()
    {
        _state.Dispose();
        Request.Dispose();
    }
}
