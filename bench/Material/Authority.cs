using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FastRelay.Protocol.Handshake;

namespace FastRelay.Bench.Material;

/// <summary>A certificate authority in memory, a server's credential that it issued, and a client's policy that trusts it.</summary>
internal sealed class Authority
{
    public Authority()
    {
        Now = DateTimeOffset.UtcNow;
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=FastRelay bench CA", authorityKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var authority = request.CreateSelfSigned(Now.AddDays(-2), Now.AddYears(1));

        var leafKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var leafRequest = new CertificateRequest("CN=server", leafKey, HashAlgorithmName.SHA256);
        leafRequest.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        leafRequest.CertificateExtensions.Add(names.Build());
        using var leaf = leafRequest.Create(authority, Now.AddDays(-1), Now.AddDays(30), RandomNumberGenerator.GetBytes(12).Select(b => (byte)(b & 0x7F)).ToArray());

        Credentials = new ServerCredentialStore(new ServerCredential(leafKey, leaf.RawData, authority.RawData));
        Policy = new CertificatePolicy(TrustAnchors.FromDer(authority.RawData), "127.0.0.1");
    }

    public DateTimeOffset Now { get; }

    public ServerCredentialStore Credentials { get; }

    public CertificatePolicy Policy { get; }
}
