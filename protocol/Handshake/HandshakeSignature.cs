using System.Security.Cryptography;

namespace FastRelay.Protocol.Handshake;

/// <summary>
/// SIG (SPEC 4.7): ECDSA, r ‖ s, over <c>0x20 × 64 ‖ context ‖ 0x00 ‖ th</c>, so that no signature for one purpose serves another
/// (the form of RFC 8446 4.4.3). SHA-256 with a P-256 key, 64 bytes; SHA-384 with a P-384 key, 96 bytes.
/// </summary>
internal static class HandshakeSignature
{
    /// <summary>Longest signature.</summary>
    public const int MaxSize = 96;

    private const int PadSize = 64;

    private static ReadOnlySpan<byte> ServerContext => "FastRelay v1 server signature"u8;

    private static ReadOnlySpan<byte> ClientContext => "FastRelay v1 client signature"u8;

    /// <summary>Bytes that are signed; both contexts are equally long.</summary>
    public static int InputSize(int hashSize) => PadSize + ServerContext.Length + 1 + hashSize;

    /// <summary>Writes what is signed.</summary>
    public static void WriteInput(bool ofServer, ReadOnlySpan<byte> transcriptHash, Span<byte> destination)
    {
        destination[..PadSize].Fill(0x20);
        var context = ofServer ? ServerContext : ClientContext;
        context.CopyTo(destination[PadSize..]);
        destination[PadSize + context.Length] = 0;
        transcriptHash.CopyTo(destination[(PadSize + context.Length + 1)..]);
    }

    /// <summary>Signs; returns the bytes written.</summary>
    public static int Sign(ECDsa key, bool ofServer, ReadOnlySpan<byte> transcriptHash, Span<byte> signature)
    {
        Span<byte> input = stackalloc byte[InputSize(transcriptHash.Length)];
        WriteInput(ofServer, transcriptHash, input);
        return SignInput(key, input, signature);
    }

    /// <summary>Signs as the server; returns the bytes written.</summary>
    public static int Sign(IHandshakeSigner signer, ReadOnlySpan<byte> transcriptHash, Span<byte> signature)
    {
        Span<byte> input = stackalloc byte[InputSize(transcriptHash.Length)];
        WriteInput(ofServer: true, transcriptHash, input);
        return signer.Sign(input, signature);
    }

    /// <summary>Signs what <see cref="WriteInput"/> wrote; returns the bytes written.</summary>
    public static int SignInput(ECDsa key, ReadOnlySpan<byte> input, Span<byte> signature) =>
        key.TrySignData(input, signature, HashOf(key), DSASignatureFormat.IeeeP1363FixedFieldConcatenation, out int written)
            ? written
            : throw new CryptographicException("The key makes longer signatures than P-384.");

    /// <summary>Whether the signature, of exactly the key's size, verifies.</summary>
    public static bool Verify(ECDsa key, bool ofServer, ReadOnlySpan<byte> transcriptHash, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != key.KeySize / 4) return false;
        Span<byte> input = stackalloc byte[InputSize(transcriptHash.Length)];
        WriteInput(ofServer, transcriptHash, input);
        return key.VerifyData(input, signature, HashOf(key), DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    /// <summary>Whether a client's signature verifies under its point.</summary>
    public static bool VerifyClient(IConnectionCrypto crypto, ReadOnlySpan<byte> point, ReadOnlySpan<byte> transcriptHash, ReadOnlySpan<byte> signature)
    {
        Span<byte> input = stackalloc byte[InputSize(transcriptHash.Length)];
        WriteInput(ofServer: false, transcriptHash, input);
        return crypto.Verify(point, input, signature);
    }

    private static HashAlgorithmName HashOf(ECDsa key) => key.KeySize == 384 ? HashAlgorithmName.SHA384 : HashAlgorithmName.SHA256;
}
