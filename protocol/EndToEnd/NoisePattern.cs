using System.Security.Cryptography;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.EndToEnd;

/// <summary>
/// The steps of Noise_NK with P-256 (SPEC 9.1) that both sides share.
/// <code>
///   ← s            kem_pub, from the descriptor
///   → e, es        E2E1 (9.2)
///   ← e, ee        COMMREQ or verdict (9.3, 9.4)
/// </code>
/// </summary>
internal static class NoisePattern
{
    private const int PrologueSize = 8 + DeviceId.Size + 16 + 2;

    private static ReadOnlySpan<byte> Name => "Noise_NK_P256_AESGCM_SHA256"u8;

    /// <summary>The state before message 1: prologue <c>"frl1 e2e" ‖ device_id ‖ desc_hash ‖ version ‖ mode</c> and the pre-message.</summary>
    public static NoiseState Begin(DeviceId device, ReadOnlySpan<byte> descriptorHash, ReadOnlySpan<byte> responderStatic)
    {
        Span<byte> prologue = stackalloc byte[PrologueSize];
        var writer = new SpanWriter(prologue);
        writer.Bytes("frl1 e2e"u8);
        writer.DeviceId(device);
        writer.Bytes(descriptorHash);
        writer.U8(RequestEnvelope.Version);
        writer.U8(RequestEnvelope.Mode);
        var state = new NoiseState(Name);
        state.MixHash(prologue);
        state.MixHash(responderStatic);
        return state;
    }

    /// <summary>Mixes in a token pair: an ephemeral point, then the shared secret of one's own key and the peer's point.</summary>
    public static RejectReason Mix(NoiseState state, ReadOnlySpan<byte> ephemeralPoint, ECDiffieHellman own, ReadOnlySpan<byte> peerPoint)
    {
        if (!EcPoint.TryImportAgreement(CipherSuite.P256, peerPoint, out var peer)) return RejectReason.BadPoint;
        using (peer)
        {
            byte[] shared = EcPoint.Agree(own, peer);
            state.MixHash(ephemeralPoint);
            state.MixKey(shared);
            CryptographicOperations.ZeroMemory(shared);
        }
        return RejectReason.None;
    }

    /// <summary><c>comm_id = HMAC-SHA256(ck after message 1, "frl1 comm id")[0..8]</c> (SPEC 9.3).</summary>
    public static CommId CommIdOf(NoiseState afterMessage1)
    {
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(afterMessage1.ChainingKey, "frl1 comm id"u8, mac);
        return CommId.Read(mac);
    }
}
