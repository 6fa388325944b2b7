using FastRelay.Engine.Crypto;
using FastRelay.Protocol.Wire;

namespace FastRelay.Server.Devices;

/// <summary><see cref="IPacketAead"/> on <see cref="HardwareGcm"/>, which it owns: no allocation and no call out of this process's own code.</summary>
internal sealed class HardwarePacketAead(HardwareGcm gcm) : IPacketAead
{
    public void Seal(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag, ReadOnlySpan<byte> aad) =>
        gcm.Seal(key, nonce, plaintext, ciphertext, tag, aad);

    public bool Verify(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> aad) =>
        tag.Length == PacketAeadExtensions.TagSize && gcm.TryOpen(key, nonce, [], tag, aad);

    public bool TryOpen(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> tag, Span<byte> plaintext, ReadOnlySpan<byte> aad)
    {
        if (tag.Length != PacketAeadExtensions.TagSize || ciphertext.Length > PacketAeadExtensions.MaxBody || plaintext.Length != ciphertext.Length) return false;
        ciphertext.CopyTo(plaintext);
        return gcm.TryOpen(key, nonce, plaintext, tag, aad);
    }

    public void Dispose() => gcm.Dispose();
}
