using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace FastRelay.Protocol.Handshake;

/// <summary>
/// The server's certificate chain and the private key of its leaf: what the claims' certificate information storage device holds
/// (claims 4, 15, 19, 30). Immutable and thread-safe; lives until <see cref="ServerCredentialStore"/> and every handshake that leased it let go.
/// </summary>
public sealed class ServerCredential
{
    private readonly Lock _gate = new();
    private readonly ECDsa _key;
    private IHandshakeSigner? _signer;
    private int _leases = 1;

    /// <summary>
    /// Takes over a key and copies the chain. Throws <see cref="ArgumentException"/> when the key isn't on P-256 or P-384, isn't the
    /// leaf's, or the chain is longer than SPEC 4.4 allows: a server must not start with what no client can use.
    /// </summary>
    /// <param name="key">The leaf's private key; owned from now on.</param>
    /// <param name="certificates">1 to 3 certificates in DER, leaf first.</param>
    public ServerCredential(ECDsa key, params IReadOnlyList<byte[]> certificates)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(certificates);
        var chain = CertificateChain.Join([.. certificates]);
        using var leaf = X509CertificateLoader.LoadCertificate(certificates[0]);
        using var leafKey = leaf.PublicKey.GetECDsaPublicKey();
        if (leafKey is null || !key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(leafKey.ExportSubjectPublicKeyInfo()))
        {
            throw new ArgumentException("The private key isn't that of the first certificate.", nameof(key));
        }
        if (key.KeySize is not (256 or 384)) throw new ArgumentException("The key must be on P-256 or P-384.", nameof(key));
        _key = key;
        Chain = chain;
        ChainHash = CertificateChain.Hash(chain);
        NotAfter = new DateTimeOffset(leaf.NotAfter.ToUniversalTime());
    }

    /// <summary>The chain as CERT carries it.</summary>
    public ReadOnlyMemory<byte> Chain { get; }

    /// <summary>chain_hash (SPEC 4.4).</summary>
    public ReadOnlyMemory<byte> ChainHash { get; }

    /// <summary>When the leaf expires.</summary>
    public DateTimeOffset NotAfter { get; }

    /// <summary>Makes the server's SIG over a transcript hash; returns its bytes, 64 or 96.</summary>
    /// <param name="crypto">What the handshake is computed with; the first one makes ready for all that follow.</param>
    /// <param name="transcriptHash">th.</param>
    /// <param name="signature">Room for the signature.</param>
    internal int Sign(IConnectionCrypto crypto, ReadOnlySpan<byte> transcriptHash, Span<byte> signature) =>
        HandshakeSignature.Sign(Volatile.Read(ref _signer) ?? Ready(crypto), transcriptHash, signature);

    /// <summary>Takes a share in the credential. Only for who knows that another share is still held.</summary>
    internal void AddLease()
    {
        lock (_gate) _leases++;
    }

    /// <summary>Gives a share back; with the last one the private key is destroyed.</summary>
    internal void Release()
    {
        lock (_gate)
        {
            if (--_leases != 0) return;
            _signer?.Dispose();
            _key.Dispose();
        }
    }

    private IHandshakeSigner Ready(IConnectionCrypto crypto)
    {
        lock (_gate) return _signer ??= crypto.CreateSigner(_key);
    }
}
