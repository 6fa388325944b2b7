using System.Security.Cryptography;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Handshake;

/// <summary>
/// The chain of CERT (SPEC 4.4): 1 to 3 certificates, leaf first, each <c>bytes16(DER)</c>, at most 8,192 bytes together.
/// </summary>
public static class CertificateChain
{
    /// <summary>Most certificates.</summary>
    public const int MaxCertificates = 3;

    /// <summary>Most bytes of the whole chain.</summary>
    public const int MaxSize = 8_192;

    /// <summary>Bytes of <see cref="Hash"/>.</summary>
    public const int HashSize = 32;

    /// <summary>Finds the certificates without looking into them.</summary>
    /// <param name="chain">The chain's bytes.</param>
    /// <param name="certificates">Room for <see cref="MaxCertificates"/> ranges.</param>
    /// <param name="count">How many there are, 1 to 3.</param>
    public static RejectReason TrySplit(ReadOnlySpan<byte> chain, Span<Range> certificates, out int count)
    {
        count = 0;
        if (chain.Length > MaxSize) return RejectReason.TooLong;
        var reader = new SpanReader(chain);
        do
        {
            if (count == MaxCertificates) return RejectReason.TrailingBytes;
            int length = reader.Bytes16(1, MaxSize).Length;
            int end = chain.Length - reader.Remaining;
            certificates[count++] = (end - length)..end;
        }
        while (reader.Remaining > 0 && reader.IsGood);
        return reader.Finish();
    }

    /// <summary>Puts certificates together. Throws <see cref="ArgumentException"/> when they are more or longer than SPEC 4.4 allows.</summary>
    public static byte[] Join(params ReadOnlySpan<byte[]> certificates)
    {
        int size = 0;
        foreach (byte[] der in certificates) size += 2 + der.Length;
        if (certificates.Length is 0 or > MaxCertificates || size > MaxSize)
        {
            throw new ArgumentException($"A chain has 1 to {MaxCertificates} certificates and at most {MaxSize} bytes; this one has {certificates.Length} and {size}.", nameof(certificates));
        }
        byte[] chain = new byte[size];
        var writer = new SpanWriter(chain);
        foreach (byte[] der in certificates) writer.Bytes16(der);
        return chain;
    }

    /// <summary>chain_hash: SHA-256 of the chain's bytes.</summary>
    public static byte[] Hash(ReadOnlySpan<byte> chain) => SHA256.HashData(chain);
}
