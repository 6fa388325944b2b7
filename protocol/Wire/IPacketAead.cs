namespace FastRelay.Protocol.Wire;

/// <summary>
/// AES-256-GCM for datagrams. An implementation needs only the sealing half: opening is then done by sealing again and comparing (see
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

    /// <summary>Whether <paramref name="tag"/> is the tag of <paramref name="aad"/> with no body. Allocates and throws nothing; compares in constant time.</summary>
    bool Verify(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> aad) =>
        this.VerifyBySealing(key, nonce, tag, aad);

    /// <summary>
    /// Opens <paramref name="ciphertext"/> (at most <see cref="PacketAeadExtensions.MaxBody"/> bytes) into <paramref name="plaintext"/> of the
    /// same length. False, and a cleared plaintext, when the tag doesn't verify. The buffers must not overlap. Allocates and throws nothing.
    /// </summary>
    bool TryOpen(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> tag, Span<byte> plaintext, ReadOnlySpan<byte> aad) =>
        this.TryOpenBySealing(key, nonce, ciphertext, tag, plaintext, aad);
}
