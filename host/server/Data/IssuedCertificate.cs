using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace FastRelay.Server.Data;

/// <summary>A server certificate with its private key and chain. Whoever takes the key disposes it.</summary>
/// <param name="Key">The leaf's private key.</param>
/// <param name="Chain">DER certificates, leaf first, the authority last (SPEC 4.4).</param>
public sealed record IssuedCertificate(ECDsa Key, IReadOnlyList<byte[]> Chain)
{
    /// <summary>The end of the leaf's validity, UTC.</summary>
    public DateTimeOffset NotAfter { get; } = End(Chain[0]);

    private static DateTimeOffset End(byte[] der)
    {
        using var leaf = X509CertificateLoader.LoadCertificate(der);
        return new DateTimeOffset(leaf.NotAfter.ToUniversalTime());
    }
}
