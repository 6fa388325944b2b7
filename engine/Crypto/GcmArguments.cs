namespace FastRelay.Engine.Crypto;

/// <summary>What every AES-256-GCM of this folder asks of its arguments and of itself.</summary>
internal static class GcmArguments
{
    public delegate void Seal(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag, ReadOnlySpan<byte> aad);

    /// <exception cref="ArgumentException">A length is wrong, or the ciphertext covers the plaintext in part.</exception>
    public static void Check(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> tag)
    {
        if (key.Length != LibCryptoGcm.KeySize) throw new ArgumentException("A key has 32 bytes.", nameof(key));
        if (nonce.Length != LibCryptoGcm.NonceSize) throw new ArgumentException("A nonce has 12 bytes.", nameof(nonce));
        if (tag.Length != LibCryptoGcm.TagSize) throw new ArgumentException("A tag has 16 bytes.", nameof(tag));
        if (ciphertext.Length != plaintext.Length) throw new ArgumentException("A ciphertext is as long as its plaintext.", nameof(ciphertext));
        if (plaintext.Overlaps(ciphertext, out int distance) && distance != 0)
            throw new ArgumentException("A ciphertext may replace its plaintext, but not cover it in part.", nameof(ciphertext));
    }

    /// <summary>Whether it gives the right tags for test cases 13, 14 and 16 of McGrew and Viega, "The Galois/Counter Mode of Operation".</summary>
    public static bool KnowsTheAnswers(Seal seal)
    {
        byte[] zeros = new byte[LibCryptoGcm.KeySize];
        return Tag(seal, zeros, zeros.AsSpan(0, LibCryptoGcm.NonceSize), [], []).SequenceEqual(Convert.FromHexString("530F8AFBC74536B9A963B4F1C4CB738B"))
            && Tag(seal, zeros, zeros.AsSpan(0, LibCryptoGcm.NonceSize), new byte[16], []).SequenceEqual(Convert.FromHexString("D0D1C8A799996BF0265B98B5D48AB919"))
            && Tag(
                seal,
                Convert.FromHexString("FEFFE9928665731C6D6A8F9467308308FEFFE9928665731C6D6A8F9467308308"),
                Convert.FromHexString("CAFEBABEFACEDBADDECAF888"),
                Convert.FromHexString(
                    "D9313225F88406E5A55909C5AFF5269A86A7A9531534F7DA2E4C303D8A318A721C3C0C95956809532FCF0E2449A6B525B16AEDF5AA0DE657BA637B39"),
                Convert.FromHexString("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")).SequenceEqual(Convert.FromHexString("76FC6ECE0F4E1768CDDF8853BB2D551B"));
    }

    private static byte[] Tag(Seal seal, ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, byte[] text, ReadOnlySpan<byte> aad)
    {
        byte[] tag = new byte[LibCryptoGcm.TagSize];
        seal(key, nonce, text, text, tag, aad);
        return tag;
    }
}
