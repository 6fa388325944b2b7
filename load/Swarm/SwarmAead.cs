using FastRelay.Engine.Crypto;
using FastRelay.Protocol.Wire;

namespace FastRelay.Load.Swarm;

/// <summary>What a swarm seals and checks with: the fastest that this system has, so that the generator isn't what is measured.</summary>
internal static class SwarmAead
{
    /// <summary>Makes one.</summary>
    public static IPacketAead Create()
    {
        if (HardwareGcm.TryCreate(out var hardware)) return new ByHardware(hardware);
        return LibCryptoGcm.TryCreate(out var libCrypto) ? new ByLibCrypto(libCrypto) : new PlatformPacketAead();
    }

    private sealed class ByHardware(HardwareGcm gcm) : IPacketAead
    {
        public void Seal(
            ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag, ReadOnlySpan<byte> aad) =>
            gcm.Seal(key, nonce, plaintext, ciphertext, tag, aad);

        public void Dispose() => gcm.Dispose();
    }

    private sealed class ByLibCrypto(LibCryptoGcm gcm) : IPacketAead
    {
        public void Seal(
            ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag, ReadOnlySpan<byte> aad) =>
            gcm.Seal(key, nonce, plaintext, ciphertext, tag, aad);

        public void Dispose() => gcm.Dispose();
    }
}
