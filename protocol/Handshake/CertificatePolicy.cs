using System.Formats.Asn1;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Handshake;

/// <summary>
/// What a client demands of a server's certificate chain before it makes any key information (SPEC 4.5): claims 7, 11, 22, 26,
/// "authenticating whether or not the received server certificate information is valid".
/// The base library builds and checks the path (RFC 5280); nothing is fetched from a network while it does: no revocation list,
/// and, by <see cref="X509ChainPolicy.DisableCertificateDownloads"/>, no issuer named in the peer's certificate.
/// Immutable and thread-safe; every certificate object made on the way is released before a method returns.
/// </summary>
public sealed class CertificatePolicy : ICertificatePolicy
{
    private const string EcPublicKey = "1.2.840.10045.2.1";
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private static readonly TrustFailure Unreadable = new(TrustRule.Encoding, "The server sent something that can't be read as a certificate chain.");

    private readonly TrustAnchors _anchors;
    private readonly string _serverName;

    /// <summary>A policy for one server.</summary>
    /// <param name="anchors">What trust is anchored to; not owned.</param>
    /// <param name="serverName">The name dialled: a host name, or an IP address in text form.</param>
    public CertificatePolicy(TrustAnchors anchors, string serverName)
    {
        ArgumentNullException.ThrowIfNull(anchors);
        ArgumentException.ThrowIfNullOrEmpty(serverName);
        if (Uri.CheckHostName(serverName) == UriHostNameType.Unknown) throw new ArgumentException("Neither a host name nor an IP address.", nameof(serverName));
        _anchors = anchors;
        _serverName = serverName;
    }

    /// <inheritdoc/>
    public string ServerName => _serverName;

    // The object identifiers 1.2.840.10045.3.1.7 and 1.3.132.0.34 in DER (RFC 5480 2.1.1.1).
    private static ReadOnlySpan<byte> P256Der => [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];

    private static ReadOnlySpan<byte> P384Der => [0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22];

    /// <inheritdoc/>
    public TrustFailure? Validate(ReadOnlySpan<byte> chain, DateTimeOffset now, out ECDsa? leafKey)
    {
        leafKey = null;
        var certificates = new List<X509Certificate2>(CertificateChain.MaxCertificates);
        try
        {
            var failure = Load(chain, certificates) ?? CheckKeys(certificates) ?? CheckLeaf(certificates[0]) ?? CheckPath(certificates, now) ?? CheckName(certificates[0]);
            if (failure is null) leafKey = certificates[0].PublicKey.GetECDsaPublicKey();
            return failure;
        }
        catch (CryptographicException)
        {
            // The library reads much of a certificate only when it is asked: a date or an extension that it can't read shows up late.
            return Unreadable;
        }
        finally
        {
            foreach (var certificate in certificates) certificate.Dispose();
        }
    }

    private static TrustFailure? Load(ReadOnlySpan<byte> chain, List<X509Certificate2> certificates)
    {
        Span<Range> ranges = stackalloc Range[CertificateChain.MaxCertificates];
        if (CertificateChain.TrySplit(chain, ranges, out int count) != RejectReason.None) return Unreadable;
        foreach (var range in ranges[..count])
        {
            var der = chain[range];
            // The loader also takes PEM and bytes after the end; SPEC 4.4 has DER and nothing else.
            if (!AsnDecoder.TryReadEncodedValue(der, AsnEncodingRules.DER, out var tag, out _, out _, out int consumed)
                || tag != Asn1Tag.Sequence || consumed != der.Length) return Unreadable;
            certificates.Add(X509CertificateLoader.LoadCertificate(der));
        }
        return null;
    }

    /// <summary>Rule 1: EC keys, on the two curves.</summary>
    private static TrustFailure? CheckKeys(IEnumerable<X509Certificate2> certificates) =>
        certificates.All(HasAllowedKey)
            ? null
            : new TrustFailure(TrustRule.KeyType, "A certificate of the server's chain has a key that isn't an EC key on P-256 or P-384.");

    /// <summary>Looks at the named curve before anything imports the key: of what the platform knows, and how it refuses the rest, nothing is assumed.</summary>
    private static bool HasAllowedKey(X509Certificate2 certificate)
    {
        if (certificate.PublicKey.Oid.Value != EcPublicKey) return false;
        var curve = (certificate.PublicKey.EncodedParameters?.RawData).AsSpan();
        return curve.SequenceEqual(P256Der) || curve.SequenceEqual(P384Der);
    }

    /// <summary>Rule 1: what the leaf's key may be used for.</summary>
    private static TrustFailure? CheckLeaf(X509Certificate2 leaf)
    {
        foreach (var extension in leaf.Extensions)
        {
            if (extension is X509KeyUsageExtension usage && !usage.KeyUsages.HasFlag(X509KeyUsageFlags.DigitalSignature))
            {
                return new TrustFailure(TrustRule.KeyUsage, "The server's certificate isn't for signing (its key usage lacks digitalSignature).");
            }
            if (extension is X509EnhancedKeyUsageExtension enhanced && enhanced.EnhancedKeyUsages[ServerAuthentication] is null)
            {
                return new TrustFailure(TrustRule.ExtendedKeyUsage, "The server's certificate isn't for servers (its extended key usage lacks serverAuth).");
            }
        }
        return null;
    }

    /// <summary>Rules 2 and 3, and rule 1 for the anchor, which needn't be in the chain.</summary>
    private TrustFailure? CheckPath(List<X509Certificate2> certificates, DateTimeOffset now)
    {
        using var chain = new X509Chain();
        var policy = chain.ChainPolicy;
        policy.RevocationMode = X509RevocationMode.NoCheck;
        policy.DisableCertificateDownloads = true;
        policy.VerificationTimeIgnored = false;
        policy.VerificationTime = now.UtcDateTime;
        policy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        foreach (var certificate in certificates.Skip(1)) policy.ExtraStore.Add(certificate);
        if (_anchors != TrustAnchors.System)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(_anchors.Certificates);
            if (_anchors.Fingerprint is { } fingerprint)
            {
                var anchor = certificates.Find(c => CryptographicOperations.FixedTimeEquals(SHA256.HashData(c.RawData), fingerprint));
                if (anchor is null) return new TrustFailure(TrustRule.Anchor, "No certificate of the server's chain has the fingerprint that was given.");
                policy.CustomTrustStore.Add(anchor);
            }
        }
        bool built = chain.Build(certificates[0]);
        var path = chain.ChainElements.Select(element => element.Certificate).ToList();
        try
        {
            return CheckTimes(path, now)
                ?? CheckKeys(path)
                ?? CheckAuthorities(chain, path)
                ?? (built ? null : Describe(chain));
        }
        finally
        {
            foreach (var certificate in path) certificate.Dispose();
        }
    }

    /// <summary>Rule 3, in words; the path builder checks the same. The last second is out already, as OpenSSL has it.</summary>
    private static TrustFailure? CheckTimes(List<X509Certificate2> path, DateTimeOffset now)
    {
        foreach (var certificate in path)
        {
            if (now.UtcDateTime < certificate.NotBefore.ToUniversalTime())
            {
                return new TrustFailure(TrustRule.NotYetValid, $"A certificate of the server's chain is valid only from {Utc(certificate.NotBefore)}, and this machine's clock says {Utc(now.UtcDateTime)}.");
            }
            if (now.UtcDateTime >= certificate.NotAfter.ToUniversalTime())
            {
                return new TrustFailure(TrustRule.Expired, $"A certificate of the server's chain expired at {Utc(certificate.NotAfter)}, and this machine's clock says {Utc(now.UtcDateTime)}.");
            }
        }
        return null;

        static string Utc(DateTime time) => time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
    }

    /// <summary>Rule 3: every issuer says that it is one (a certificate of version 1 says nothing).</summary>
    private static TrustFailure? CheckAuthorities(X509Chain chain, List<X509Certificate2> path)
    {
        bool all = !Has(chain, X509ChainStatusFlags.InvalidBasicConstraints)
            && path.Skip(1).All(issuer => issuer.Extensions.OfType<X509BasicConstraintsExtension>().Any(constraints => constraints.CertificateAuthority));
        return all ? null : new TrustFailure(TrustRule.NotAnAuthority, "A certificate of the server's chain was issued by one that isn't a certificate authority.");
    }

    private static TrustFailure Describe(X509Chain chain) => Has(chain, X509ChainStatusFlags.NotValidForUsage)
        ? new TrustFailure(TrustRule.ExtendedKeyUsage, "A certificate of the server's chain isn't for this use.")
        : new TrustFailure(TrustRule.Anchor, "The server's certificate doesn't lead to a certificate that this machine was told to trust.");

    private static bool Has(X509Chain chain, X509ChainStatusFlags flag) => chain.ChainStatus.Any(status => status.Status.HasFlag(flag));

    /// <summary>Rule 4: subjectAltName only.</summary>
    private TrustFailure? CheckName(X509Certificate2 leaf)
    {
        bool matches = leaf.MatchesHostname(_serverName, allowWildcards: true, allowCommonName: false);
        return matches ? null : new TrustFailure(TrustRule.Name, $"The server's certificate isn't for {_serverName}.");
    }
}
