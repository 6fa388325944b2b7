namespace FastRelay.Protocol.Wire;

/// <summary>
/// AES-256-GCM for datagrams: only the sealing half, because opening is done by sealing again and comparing (see
/// <see cref="PacketAeadExtensions"/>), which lets a forged packet cost no exception. One instance belongs to one worker
/// and isn't thread-safe.
/// </summary>
public interface IPacketAead : IDisposable
{
    /// <summary>
    /// Seals <paramref name="plaintext"/> (may be empty) into <paramref name="ciphertext"/> of the same length and writes the 16-byte tag.
    /// The buffers must not overlap. Key 32 bytes, nonce 12 bytes; a wrong size is a bug of the caller and throws <see cref="ArgumentException"/>.
    /// </summary>
    void Seal(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag, ReadOnlySpan<byte> aad);
}
