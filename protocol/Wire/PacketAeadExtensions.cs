using System.Security.Cryptography;

namespace FastRelay.Protocol.Wire;

/// <summary>
/// Opening of datagrams without exceptions. GCM encrypts with CTR, which is its own inverse: sealing the ciphertext gives
/// the plaintext, and sealing that again must give the tag that came. The plaintext is released only on a match.
/// </summary>
public static class PacketAeadExtensions
{
    /// <summary>Bytes of a key (SPEC 1.1).</summary>
    public const int KeySize = 32;

    /// <summary>Bytes of a nonce (SPEC 1.1).</summary>
    public const int NonceSize = 12;

    /// <summary>Bytes of a tag (SPEC 1.1).</summary>
    public const int TagSize = 16;

    /// <summary>The longest ciphertext that is opened: the body of the largest datagram (SPEC 7.8).</summary>
    public const int MaxBody = 1160;

    /// <summary><see cref="IPacketAead.Verify"/> by means of <see cref="IPacketAead.Seal"/>.</summary>
    public static bool VerifyBySealing(this IPacketAead aead, ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> aad)
    {
        ArgumentNullException.ThrowIfNull(aead);
        Span<byte> expected = stackalloc byte[TagSize];
        aead.Seal(key, nonce, [], [], expected, aad);
        return CryptographicOperations.FixedTimeEquals(expected, tag);
    }

    /// <summary><see cref="IPacketAead.TryOpen"/> by means of <see cref="IPacketAead.Seal"/>.</summary>
    public static bool TryOpenBySealing(
        this IPacketAead aead, ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> tag,
        Span<byte> plaintext, ReadOnlySpan<byte> aad)
    {
        ArgumentNullException.ThrowIfNull(aead);
        if (ciphertext.Length > MaxBody || plaintext.Length != ciphertext.Length) return false;
        Span<byte> expected = stackalloc byte[TagSize];
        Span<byte> again = stackalloc byte[ciphertext.Length];
        aead.Seal(key, nonce, ciphertext, plaintext, expected, aad);
        aead.Seal(key, nonce, plaintext, again, expected, aad);
        if (CryptographicOperations.FixedTimeEquals(expected, tag)) return true;
        plaintext.Clear();
        return false;
    }
}
