using FastRelay.Engine.Crypto;
using FastRelay.Protocol.Wire;

namespace FastRelay.Server.Devices;

/// <summary><see cref="IPacketAead"/> on <see cref="HardwareGcm"/>, which it owns: no allocation and no call out of this process's own code.</summary>
internal sealed class HardwarePacketAead(HardwareGcm gcm) : IPacketAead
{
    public void Seal(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag, ReadOnlySpan<byte> aad) =>
        gcm.Seal(key, nonce, plaintext, ciphertext, tag, aad);

    public void Dispose() => gcm.Dispose();
}
