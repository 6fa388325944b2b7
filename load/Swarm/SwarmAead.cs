using FastRelay.Engine.Crypto;
using FastRelay.Protocol.Wire;

namespace FastRelay.Load.Swarm;

/// <summary>What a swarm seals and checks with: the fastest that this system has, so that the generator isn't what is measured.</summary>
internal sealed class SwarmAead(LibCryptoGcm gcm) : IPacketAead
{
    /// <summary>Makes one.</summary>
    public static IPacketAead Create() => LibCryptoGcm.TryCreate(out var gcm) ? new SwarmAead(gcm) : new PlatformPacketAead();

    public void Seal(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag, ReadOnlySpan<byte> aad) =>
        gcm.Seal(key, nonce, plaintext, ciphertext, tag, aad);

    public void Dispose() => gcm.Dispose();
}
