using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace FastRelay.Server.Data;

/// <summary>
/// The certificate authority of this server and the server certificate it issues: the certificate information storage device of the claims.
/// Made on first start, kept in the data directory. The authority stays; the server certificate is replaced before it ends.
/// </summary>
/// <remarks>Files: <c>ca.key</c>, <c>ca.crt</c>; <c>server.pem</c> holds key and chain together, so that a replacement is whole or not at all.</remarks>
public sealed class ServerCertificates
{
    private const string AuthorityKeyFile = "ca.key";
    private const string AuthorityFile = "ca.crt";
    private const string ServerFile = "server.pem";
    private static readonly TimeSpan ClockSlack = TimeSpan.FromHours(1);
    private readonly DataDirectory _directory;
    private readonly Options.CertificateOptions _options;

    private ServerCertificates(DataDirectory directory, Options.CertificateOptions options, X509Certificate2 authority)
    {
        _directory = directory;
        _options = options;
        AuthorityDer = authority.RawData;
        AuthorityNotAfter = Utc(authority.NotAfter);
    }

    /// <summary>The authority's certificate in DER: what clients trust.</summary>
    public ReadOnlyMemory<byte> AuthorityDer { get; }

    /// <summary>The end of the authority's validity, UTC.</summary>
    public DateTimeOffset AuthorityNotAfter { get; }

    /// <summary>The authority's certificate as a file, for clients that trust a file.</summary>
    public string AuthorityPath => _directory.PathOf(AuthorityFile);

    /// <summary>What clients that trust a fingerprint are given: <c>sha256:</c> and the hash of the authority's DER (SPEC 4.5, rule 2).</summary>
    public string Fingerprint => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(AuthorityDer.Span));

    /// <summary>Opens the authority, making it on first start.</summary>
    /// <exception cref="DataDirectoryException">The files can't be used, or one of two is missing.</exception>
    public static ServerCertificates Open(DataDirectory directory, Options.CertificateOptions options, DateTimeOffset now)
    {
        byte[]? certificate = directory.Read(AuthorityFile);
        byte[]? key = directory.Read(AuthorityKeyFile);
        if (certificate is not null && key is null)
            throw new DataDirectoryException($"{directory.PathOf(AuthorityKeyFile)} is missing: restore it, or remove {AuthorityFile} too and give clients the new fingerprint.");
        try
        {
            using var ecdsa = key is null ? ECDsa.Create(ECCurve.NamedCurves.nistP256) : ReadKey(key, directory.PathOf(AuthorityKeyFile));
            if (key is null) WriteKey(directory, ecdsa);
            if (certificate is null)
            {
                // Also after a crash between the two files: the key is there, its certificate isn't.
                using var made = MakeAuthority(ecdsa, now, options.AuthorityLifetime);
                directory.Write(AuthorityFile, certificate = Encoding.ASCII.GetBytes(made.ExportCertificatePem() + "\n"));
            }
            using var authority = X509Certificate2.CreateFromPem(Encoding.UTF8.GetString(certificate));
            return new ServerCertificates(directory, options, authority);
        }
        catch (CryptographicException e)
        {
            throw new DataDirectoryException($"{directory.PathOf(AuthorityFile)} can't be used: {e.Message}", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>The stored server certificate when it still serves, else a new one. The caller owns the result.</summary>
    /// <param name="names">What the certificate must cover; one that lacks a name doesn't serve.</param>
    /// <param name="now">The present time.</param>
    /// <exception cref="DataDirectoryException">The files can't be used.</exception>
    public IssuedCertificate LoadOrIssue(LocalNames names, DateTimeOffset now) => Load(names, now) ?? Issue(names, now);

    /// <summary>When <paramref name="certificate"/> is due to be replaced.</summary>
    public DateTimeOffset RenewalOf(IssuedCertificate certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return certificate.NotAfter - _options.RenewBefore;
    }

    /// <summary>Issues a server certificate and stores it over the old one.</summary>
    public IssuedCertificate Issue(LocalNames names, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(names);
        byte[] authorityKey = _directory.Read(AuthorityKeyFile)
            ?? throw new DataDirectoryException($"{_directory.PathOf(AuthorityKeyFile)} is missing: restore it.");
        try
        {
            using var issuerKey = ReadKey(authorityKey, _directory.PathOf(AuthorityKeyFile));
            using var bare = X509CertificateLoader.LoadCertificate(AuthorityDer.Span);
            using var issuer = bare.CopyWithPrivateKey(issuerKey);
            var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            byte[] leaf = MakeLeaf(key, issuer, names, now).RawData;
            Store(key, leaf);
            return new IssuedCertificate(key, [leaf, AuthorityDer.ToArray()]);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(authorityKey);
        }
    }

    private IssuedCertificate? Load(LocalNames names, DateTimeOffset now)
    {
        byte[]? stored = _directory.Read(ServerFile);
        if (stored is null) return null;
        char[] pem = Encoding.ASCII.GetChars(stored);
        CryptographicOperations.ZeroMemory(stored);
        ECDsa? key = ECDsa.Create();
        try
        {
            var chain = new X509Certificate2Collection();
            key.ImportFromPem(pem);
            chain.ImportFromPem(pem);
            if (chain.Count != 2 || !Serves(chain[0], key, names, now) || !chain[1].RawDataMemory.Span.SequenceEqual(AuthorityDer.Span)) return null;
            var issued = new IssuedCertificate(key, [chain[0].RawData, chain[1].RawData]);
            key = null;
            return issued;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return null; // not a file of ours any more: a new certificate takes its place
        }
        finally
        {
            key?.Dispose();
            Array.Clear(pem);
        }
    }

    private bool Serves(X509Certificate2 leaf, ECDsa key, LocalNames names, DateTimeOffset now)
    {
        using var publicKey = leaf.GetECDsaPublicKey();
        if (publicKey is null || !publicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo())) return false;
        if (now < Utc(leaf.NotBefore) || now >= Utc(leaf.NotAfter) - _options.RenewBefore) return false;
        var alternative = leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        return alternative is not null
            && names.DnsNames.All(n => alternative.EnumerateDnsNames().Contains(n, StringComparer.OrdinalIgnoreCase))
            && names.Addresses.All(a => alternative.EnumerateIPAddresses().Contains(a));
    }

    private static X509Certificate2 MakeAuthority(ECDsa key, DateTimeOffset now, TimeSpan lifetime)
    {
        string mark = Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()).AsSpan(0, 4));
        var request = new CertificateRequest($"CN=FastRelay authority {mark}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request.CreateSelfSigned(now - ClockSlack, now + lifetime);
    }

    private X509Certificate2 MakeLeaf(ECDsa key, X509Certificate2 issuer, LocalNames names, DateTimeOffset now)
    {
        var request = new CertificateRequest("CN=FastRelay server", key, HashAlgorithmName.SHA256);
        var alternative = new SubjectAlternativeNameBuilder();
        foreach (string name in names.DnsNames) alternative.AddDnsName(name);
        foreach (IPAddress address in names.Addresses) alternative.AddIpAddress(address);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        request.CertificateExtensions.Add(alternative.Build());
        var notBefore = Later(now - ClockSlack, Utc(issuer.NotBefore));
        var notAfter = now + _options.Lifetime;
        if (notAfter > AuthorityNotAfter) notAfter = AuthorityNotAfter;
        return request.Create(issuer, notBefore, notAfter, RandomNumberGenerator.GetBytes(16));
    }

    /// <summary>X509Certificate2 gives its dates in local time.</summary>
    private static DateTimeOffset Utc(DateTime local) => new(local.ToUniversalTime());

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    private void Store(ECDsa key, byte[] leaf)
    {
        string pem = string.Join('\n', key.ExportPkcs8PrivateKeyPem(), PemEncoding.WriteString("CERTIFICATE", leaf),
            PemEncoding.WriteString("CERTIFICATE", AuthorityDer.Span), "");
        byte[] bytes = Encoding.ASCII.GetBytes(pem);
        _directory.Write(ServerFile, bytes);
        CryptographicOperations.ZeroMemory(bytes);
    }

    private static void WriteKey(DataDirectory directory, ECDsa key)
    {
        byte[] pem = Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem() + "\n");
        directory.Write(AuthorityKeyFile, pem);
        CryptographicOperations.ZeroMemory(pem);
    }

    private static ECDsa ReadKey(byte[] pem, string path)
    {
        var key = ECDsa.Create();
        char[] text = Encoding.ASCII.GetChars(pem);
        try
        {
            key.ImportFromPem(text);
            return key;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            key.Dispose();
            throw new DataDirectoryException($"{path} isn't a private key in PEM: restore it.", e);
        }
        finally
        {
            Array.Clear(text);
        }
    }
}
