using System.Security.Cryptography;
using FastRelay.Engine.Crypto;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Records;
using Microsoft.Extensions.ObjectPool;

namespace FastRelay.Server.Crypto;

/// <summary>
/// <see cref="IConnectionCrypto"/> on libcrypto (docs/decisions/0012). Hashes need no context; those of curves and ciphers are pooled: there are as many as
/// threads compute at once, however many connections there are.
/// </summary>
internal sealed class LibCryptoConnectionCrypto : IConnectionCrypto, IDisposable
{
    private readonly ObjectPool<LibCryptoWorker> _workers = new DefaultObjectPoolProvider().Create(new Policy());
    private readonly LibCryptoHmac _sha256;
    private readonly LibCryptoHmac _sha384;

    /// <exception cref="CryptographicException">This system has none (<see cref="WhyUnsupported"/>).</exception>
    public LibCryptoConnectionCrypto()
    {
        if (!LibCryptoHmac.TryCreateSha256(out var sha256) || !LibCryptoHmac.TryCreateSha384(out var sha384))
            throw new CryptographicException(LibCryptoHmac.WhyUnsupported);
        (_sha256, _sha384) = (sha256, sha384);
    }

    /// <summary>Why there can be none on this system; null when there can.</summary>
    public static string? WhyUnsupported => LibCryptoWorker.WhyUnsupported ?? LibCryptoHmac.WhyUnsupported;

    public bool TryAgree(CipherSuite suite, ReadOnlySpan<byte> peer, Span<byte> ownPoint, Span<byte> z)
    {
        var worker = _workers.Get();
        bool agreed = (suite == CipherSuite.P256 ? worker.P256 : worker.P384).TryAgree(peer, ownPoint, z);
        _workers.Return(worker);
        return agreed;
    }

    public bool IsOnP256(ReadOnlySpan<byte> point)
    {
        var worker = _workers.Get();
        bool isOn = worker.P256.IsOnCurve(point);
        _workers.Return(worker);
        return isOn;
    }

    public bool Verify(ReadOnlySpan<byte> point, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        _sha256.Hash(message, hash);
        var worker = _workers.Get();
        bool verifies = worker.P256.Verify(point, hash, signature);
        _workers.Return(worker);
        return verifies;
    }

    public void Hash(ReadOnlySpan<byte> message, Span<byte> hash) => _sha256.Hash(message, hash[..SHA256.HashSizeInBytes]);

    public ITranscriptHash StartTranscript(CipherSuite suite) => new TranscriptHash(HashOf(suite).StartHash());

    public IHandshakeSigner CreateSigner(ECDsa key) =>
        LibCryptoSigner.TryCreate(key, out var signer) ? new Signer(signer, key.KeySize == 256 ? _sha256 : _sha384) : PlatformConnectionCrypto.Instance.CreateSigner(key);

    public void Mac(CipherSuite suite, ReadOnlySpan<byte> key, ReadOnlySpan<byte> message, Span<byte> mac) =>
        HashOf(suite).Mac(key, message, mac[..suite.HashSize]);

    public void Expand(CipherSuite suite, ReadOnlySpan<byte> key, ReadOnlySpan<byte> info, Span<byte> output) => HashOf(suite).Expand(key, info, output);

    public IRecordAead CreateRecordAead(ReadOnlySpan<byte> key) => new RecordAead(_workers, key);

    /// <summary>Frees the contexts. Those in use are freed as they come back.</summary>
    public void Dispose() => ((IDisposable)_workers).Dispose();

    private LibCryptoHmac HashOf(CipherSuite suite) => suite == CipherSuite.P256 ? _sha256 : _sha384;

    // A worker that failed with an exception isn't given back: its contexts are the collector's then.
    private sealed class Policy : IPooledObjectPolicy<LibCryptoWorker>
    {
        public LibCryptoWorker Create() => LibCryptoWorker.Create();

        public bool Return(LibCryptoWorker obj) => true;
    }

    private sealed class TranscriptHash(LibCryptoRunningHash hash) : ITranscriptHash
    {
        public void Append(ReadOnlySpan<byte> bytes) => hash.Append(bytes);

        public void Current(Span<byte> destination) => hash.Current(destination);

        public void Dispose() => hash.Clear();
    }

    private sealed class Signer(LibCryptoSigner signer, LibCryptoHmac hashing) : IHandshakeSigner
    {
        public int Sign(ReadOnlySpan<byte> input, Span<byte> signature)
        {
            Span<byte> hash = stackalloc byte[signer.FieldSize];
            hashing.Hash(input, hash);
            signer.Sign(hash, signature[..(2 * signer.FieldSize)]);
            return 2 * signer.FieldSize;
        }

        public void Dispose() => signer.Dispose();
    }
}
