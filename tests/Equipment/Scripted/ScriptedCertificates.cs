using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FastRelay.Protocol.Handshake;

namespace FastRelay.Equipment.Tests.Scripted;

/// <summary>An authority and a server's certificate for 127.0.0.1 and localhost, made once for all tests.</summary>
internal static class ScriptedCertificates
{
    private static readonly X509Certificate2 Authority = MakeAuthority();

    public static byte[] AuthorityDer => Authority.RawData;

    public static ServerTrust Trust { get; } = ServerTrust.Fingerprint(SHA256.HashData(Authority.RawData));

    /// <summary>A fresh leaf: a new one of the same authority is what a server has after its certificate was renewed.</summary>
    public static ServerCredential Issue(string name = "localhost")
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=server", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        if (name == "localhost") names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        byte[] serial = RandomNumberGenerator.GetBytes(12);
        serial[0] &= 0x7F;
        using var leaf = request.Create(Authority, new DateTimeOffset(Authority.NotBefore), new DateTimeOffset(Authority.NotAfter), serial);
        return new ServerCredential(key, leaf.RawData, Authority.RawData);
    }

    private static X509Certificate2 MakeAuthority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=scripted authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request.CreateSelfSigned(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));
    }
}
