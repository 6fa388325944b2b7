using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace FastRelay.Protocol.Handshake;

/// <summary>
/// What a client's trust in a server is anchored to (SPEC 4.5 rule 2): certificates given as a file, the system's store, or the
/// SHA-256 fingerprint of a self-signed certificate that the server sends within its chain. Thread-safe; shared by handshakes.
/// </summary>
public sealed class TrustAnchors : IDisposable
{
    private const string FingerprintPrefix = "sha256:";

    private TrustAnchors()
    {
    }

    /// <summary>The system's store.</summary>
    public static TrustAnchors System { get; } = new();

    /// <summary>The certificates trusted, when they were given themselves; else empty.</summary>
    internal X509Certificate2Collection Certificates { get; } = [];

    /// <summary>SHA-256 over the DER of the certificate trusted, when that was given; else null.</summary>
    internal byte[]? Fingerprint { get; private init; }

    /// <summary>Trusts the certificates in a PEM text. Throws <see cref="CryptographicException"/> when there is none or one can't be read.</summary>
    public static TrustAnchors FromPem(ReadOnlySpan<char> pem)
    {
        var anchors = new TrustAnchors();
        anchors.Certificates.ImportFromPem(pem);
        if (anchors.Certificates.Count == 0) throw new CryptographicException("There is no certificate in this text.");
        return anchors;
    }

    /// <summary>Trusts certificates in DER. Throws <see cref="CryptographicException"/> when one can't be read.</summary>
    public static TrustAnchors FromDer(params IReadOnlyList<byte[]> certificates)
    {
        ArgumentNullException.ThrowIfNull(certificates);
        var anchors = new TrustAnchors();
        foreach (byte[] der in certificates) anchors.Certificates.Add(X509CertificateLoader.LoadCertificate(der));
        return anchors;
    }

    /// <summary>Trusts the certificate with this SHA-256 over its DER, 32 bytes.</summary>
    public static TrustAnchors FromFingerprint(ReadOnlySpan<byte> sha256)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(sha256.Length, SHA256.HashSizeInBytes, nameof(sha256));
        return new TrustAnchors { Fingerprint = sha256.ToArray() };
    }

    /// <summary>Reads <c>sha256:</c> and 64 hexadecimal digits, in either case. Null for anything else.</summary>
    public static TrustAnchors? TryParseFingerprint(ReadOnlySpan<char> text)
    {
        Span<byte> sha256 = stackalloc byte[SHA256.HashSizeInBytes];
        if (!text.StartsWith(FingerprintPrefix, StringComparison.OrdinalIgnoreCase)) return null;
        var digits = text[FingerprintPrefix.Length..];
        return digits.Length == 2 * sha256.Length && Convert.FromHexString(digits, sha256, out _, out _) == global::System.Buffers.OperationStatus.Done
            ? FromFingerprint(sha256)
            : null;
    }

    /// <summary>The fingerprint of a certificate as <see cref="TryParseFingerprint"/> reads it.</summary>
    public static string FormatFingerprint(ReadOnlySpan<byte> certificateDer) =>
        FingerprintPrefix + Convert.ToHexStringLower(SHA256.HashData(certificateDer));

    /// <summary>Releases the certificates.</summary>
    public void Dispose()
    {
        foreach (var certificate in Certificates) certificate.Dispose();
    }
}
