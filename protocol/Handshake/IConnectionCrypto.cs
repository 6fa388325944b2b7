using System.Security.Cryptography;
using FastRelay.Protocol.Records;

namespace FastRelay.Protocol.Handshake;

/// <summary>
/// What a connection to the server is computed with. <see cref="PlatformConnectionCrypto"/> is the base library's; a server that takes
/// thousands of handshakes a second may have a faster one. Implementations are thread-safe and give the very same bytes.
/// </summary>
public interface IConnectionCrypto
{
    /// <summary>Makes a fresh key pair, agrees with the peer's point, and forgets the private key (SPEC 4.6).</summary>
    /// <param name="suite">Whose curve it is on.</param>
    /// <param name="peer">The peer's point. Anything but a point on the curve in the form of SPEC 1.1 is refused.</param>
    /// <param name="ownPoint">Takes this side's point, <see cref="CipherSuite.PointSize"/> bytes.</param>
    /// <param name="z">Takes Z, <see cref="CipherSuite.FieldSize"/> bytes. The caller clears it.</param>
    /// <returns>False when the peer's point is refused; then there was no key pair.</returns>
    bool TryAgree(CipherSuite suite, ReadOnlySpan<byte> peer, Span<byte> ownPoint, Span<byte> z);

    /// <summary>Whether a point is one on P-256, in the form of SPEC 1.1.</summary>
    bool IsOnP256(ReadOnlySpan<byte> point);

    /// <summary>Checks an ECDSA signature on P-256 with SHA-256 (SPEC 1.3).</summary>
    /// <param name="point">The signer's public key; false for one that <see cref="IsOnP256"/> refuses.</param>
    /// <param name="message">What was signed.</param>
    /// <param name="signature">r ‖ s; false for any other length than 64.</param>
    bool Verify(ReadOnlySpan<byte> point, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature);

    /// <summary>SHA-256, 32 bytes, for what doesn't depend on a suite.</summary>
    void Hash(ReadOnlySpan<byte> message, Span<byte> hash);

    /// <summary>Starts a transcript with the suite's hash; the caller disposes it.</summary>
    ITranscriptHash StartTranscript(CipherSuite suite);

    /// <summary>Makes ready for signing with a server's key, which stays its owner's. The caller disposes it before the key.</summary>
    /// <param name="key">On P-256 or P-384.</param>
    IHandshakeSigner CreateSigner(ECDsa key);

    /// <summary>HMAC with the suite's hash; a key of at most 64 bytes.</summary>
    void Mac(CipherSuite suite, ReadOnlySpan<byte> key, ReadOnlySpan<byte> message, Span<byte> mac);

    /// <summary>HKDF-Expand (RFC 5869 2.3) with the suite's hash; a key of at most 64 bytes.</summary>
    void Expand(CipherSuite suite, ReadOnlySpan<byte> key, ReadOnlySpan<byte> info, Span<byte> output);

    /// <summary>AES-256-GCM under a key of 32 bytes, of which it takes a copy. The caller disposes it.</summary>
    IRecordAead CreateRecordAead(ReadOnlySpan<byte> key);
}
