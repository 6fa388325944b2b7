using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FastRelay.Protocol.Handshake;

namespace FastRelay.Protocol.Tests.Handshake;

/// <summary>A certificate authority in memory. What it issues is for relay.example, *.wild.example, 127.0.0.1 and ::1 unless a test bends it.</summary>
internal sealed class TestPki
{
    public static readonly DateTimeOffset Now = new(2026, 6, 15, 12, 0, 0, TimeSpan.Zero);

    public const string Name = "relay.example";

    /// <summary>One for all tests that don't bend it: making keys costs time.</summary>
    public static TestPki Shared { get; } = new("FastRelay test CA");

    public TestPki(string subject, bool isAuthority = true, DateTimeOffset? notAfter = null)
    {
        var request = new CertificateRequest($"CN={subject}", Key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        Certificate = request.CreateSelfSigned(Now.AddYears(-1), notAfter ?? Now.AddYears(10));
    }

    public ECDsa Key { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public X509Certificate2 Certificate { get; }

    public byte[] Der => Certificate.RawData;

    public TrustAnchors Anchors => TrustAnchors.FromDer(Der);

    public CertificatePolicy Policy(string name = Name) => new(Anchors, name);

    /// <summary>A leaf with its private key, and the chain of leaf and authority.</summary>
    public ServerCredential Issue(ECCurve? curve = null)
    {
        var key = ECDsa.Create(curve ?? ECCurve.NamedCurves.nistP256);
        return new ServerCredential(key, Leaf(new CertificateRequest("CN=server", key, HashAlgorithmName.SHA256)), Der);
    }

    /// <summary>A leaf for the request's key; each rule can be bent.</summary>
    public byte[] Leaf(
        CertificateRequest request,
        DateTimeOffset? notBefore = null,
        DateTimeOffset? notAfter = null,
        X509KeyUsageFlags? usage = X509KeyUsageFlags.DigitalSignature,
        string? enhancedUsage = "1.3.6.1.5.5.7.3.1",
        bool names = true)
    {
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        if (usage is { } flags) request.CertificateExtensions.Add(new X509KeyUsageExtension(flags, critical: true));
        if (enhancedUsage is not null) request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(enhancedUsage)], critical: false));
        if (names)
        {
            var builder = new SubjectAlternativeNameBuilder();
            builder.AddDnsName(Name);
            builder.AddDnsName("*.wild.example");
            builder.AddIpAddress(IPAddress.Loopback);
            builder.AddIpAddress(IPAddress.IPv6Loopback);
            request.CertificateExtensions.Add(builder.Build());
        }
        return Sign(request, notBefore, notAfter);
    }

    public byte[] Sign(CertificateRequest request, DateTimeOffset? notBefore = null, DateTimeOffset? notAfter = null)
    {
        byte[] serial = RandomNumberGenerator.GetBytes(12);
        serial[0] &= 0x7F;
        var generator = X509SignatureGenerator.CreateForECDsa(Key);
        using var certificate = request.Create(Certificate.SubjectName, generator, notBefore ?? Now.AddDays(-1), notAfter ?? Now.AddDays(30), serial);
        return certificate.RawData;
    }
}
