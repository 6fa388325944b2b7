using System.Security.Cryptography;
using FastRelay.Protocol.Handshake;

namespace FastRelay.Load.Handshakes.Clients;

/// <summary>
/// Validates a server's chain once, as equipment does (SPEC 4.5), and takes the same bytes from then on: what a client does with a chain
/// costs the server nothing, and would keep the generator from loading it. Used by one thread.
/// </summary>
internal sealed class KeptPolicy(CertificatePolicy policy) : ICertificatePolicy, IDisposable
{
    private byte[] _chain = [];
    private KeptLeaf? _leaf;

    /// <inheritdoc/>
    public string ServerName => policy.ServerName;

    /// <inheritdoc/>
    public TrustFailure? Validate(ReadOnlySpan<byte> chain, DateTimeOffset now, out ECDsa? leafKey)
    {
        leafKey = _leaf;
        if (_leaf is not null && chain.SequenceEqual(_chain)) return null;
        leafKey = null;
        if (policy.Validate(chain, now, out var validated) is { } failure) return failure;
        Dispose();
        leafKey = _leaf = new KeptLeaf(validated!);
        _chain = chain.ToArray();
        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => _leaf?.Release();

    /// <summary>A leaf's key that outlives the handshakes, each of which disposes it.</summary>
    private sealed class KeptLeaf(ECDsa key) : ECDsa
    {
        public override int KeySize => key.KeySize;

        public void Release() => key.Dispose();

        public override byte[] SignHash(byte[] hash) => throw new NotSupportedException("It is a public key.");

        public override bool VerifyHash(byte[] hash, byte[] signature) => key.VerifyHash(hash, signature);

        protected override bool VerifyDataCore(
            ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature, HashAlgorithmName hashAlgorithm, DSASignatureFormat signatureFormat) =>
            key.VerifyData(data, signature, hashAlgorithm, signatureFormat);

        // The key stays: it is whoever made it that ends it, by Release.
        protected override void Dispose(bool disposing) => base.Dispose(disposing);
    }
}
