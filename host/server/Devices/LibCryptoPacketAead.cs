using FastRelay.Engine.Crypto;
using FastRelay.Protocol.Wire;

namespace FastRelay.Server.Devices;

/// <summary><see cref="IPacketAead"/> on <see cref="LibCryptoGcm"/>, which it owns: no allocation, however many devices there are.</summary>
internal sealed class LibCryptoPacketAead(LibCryptoGcm gcm) : IPacketAead
{
    public void Seal(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag, ReadOnlySpan<byte> aad) =>
        gcm.Seal(key, nonce, plaintext, ciphertext, tag, aad);

    public void Dispose() => gcm.Dispose();
}
