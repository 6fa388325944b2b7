using System.Security.Cryptography;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Records;
using Microsoft.Extensions.ObjectPool;

namespace FastRelay.Server.Crypto;

/// <summary>
/// <see cref="IConnectionCrypto"/> on libcrypto (docs/decisions/0012). The contexts are pooled: there are as many as threads compute at
/// once, however many connections there are.
/// </summary>
internal sealed class LibCryptoConnectionCrypto : IConnectionCrypto, IDisposable
{
    private readonly ObjectPool<LibCryptoWorker> _workers = new DefaultObjectPoolProvider().Create(new Policy());

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
        SHA256.HashData(message, hash);
        var worker = _workers.Get();
        bool verifies = worker.P256.Verify(point, hash, signature);
        _workers.Return(worker);
        return verifies;
    }

    public void Mac(CipherSuite suite, ReadOnlySpan<byte> key, ReadOnlySpan<byte> message, Span<byte> mac)
    {
        var worker = _workers.Get();
        (suite == CipherSuite.P256 ? worker.Sha256 : worker.Sha384).Mac(key, message, mac[..suite.HashSize]);
        _workers.Return(worker);
    }

    public void Expand(CipherSuite suite, ReadOnlySpan<byte> key, ReadOnlySpan<byte> info, Span<byte> output)
    {
        var worker = _workers.Get();
        (suite == CipherSuite.P256 ? worker.Sha256 : worker.Sha384).Expand(key, info, output);
        _workers.Return(worker);
    }

    public IRecordAead CreateRecordAead(ReadOnlySpan<byte> key) => new RecordAead(_workers, key);

    /// <summary>Frees the contexts. Those in use are freed as they come back.</summary>
    public void Dispose() => ((IDisposable)_workers).Dispose();

    // A worker that failed with an exception isn't given back: its contexts are the collector's then.
    private sealed class Policy : IPooledObjectPolicy<LibCryptoWorker>
    {
        public LibCryptoWorker Create() => LibCryptoWorker.Create();

        public bool Return(LibCryptoWorker obj) => true;
    }

    /// <summary>A key, and a context only while it is used: an idle connection holds 32 bytes of it.</summary>
    private sealed class RecordAead(ObjectPool<LibCryptoWorker> workers, ReadOnlySpan<byte> key) : IRecordAead
    {
        private readonly byte[] _key = key.ToArray();

        public void Seal(ReadOnlySpan<byte> nonce, Span<byte> text, Span<byte> tag, ReadOnlySpan<byte> aad)
        {
            var worker = workers.Get();
            worker.Gcm.Seal(_key, nonce, text, text, tag, aad);
            workers.Return(worker);
        }

        public bool TryOpen(ReadOnlySpan<byte> nonce, Span<byte> text, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> aad)
        {
            var worker = workers.Get();
            bool verifies = worker.Gcm.TryOpen(_key, nonce, text, tag, aad);
            workers.Return(worker);
            return verifies;
        }

        public void Dispose() => CryptographicOperations.ZeroMemory(_key);
    }
}
