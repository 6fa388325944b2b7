using System.Security.Cryptography;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Records;
using FastRelay.Server.Crypto;

namespace FastRelay.Load.Handshakes.Clients;

/// <summary>What the generator's handshakes are computed with: the server's own arithmetic, and <see cref="KeptKeys"/>. Used by one thread.</summary>
internal sealed class GeneratorCrypto : IClientCrypto, IDisposable
{
    private readonly LibCryptoConnectionCrypto _crypto = new();
    private readonly KeptKeys _keys = new();

    /// <inheritdoc/>
    public IEphemeralKey CreateEphemeral(CipherSuite suite) => _keys.Next();

    /// <inheritdoc/>
    public bool TryAgree(CipherSuite suite, ReadOnlySpan<byte> peer, Span<byte> ownPoint, Span<byte> z) => _crypto.TryAgree(suite, peer, ownPoint, z);

    /// <inheritdoc/>
    public bool IsOnP256(ReadOnlySpan<byte> point) => _crypto.IsOnP256(point);

    /// <inheritdoc/>
    public bool Verify(ReadOnlySpan<byte> point, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) => _crypto.Verify(point, message, signature);

    /// <inheritdoc/>
    public void Hash(ReadOnlySpan<byte> message, Span<byte> hash) => _crypto.Hash(message, hash);

    /// <inheritdoc/>
    public ITranscriptHash StartTranscript(CipherSuite suite) => _crypto.StartTranscript(suite);

    /// <inheritdoc/>
    public IHandshakeSigner CreateSigner(ECDsa key) => _crypto.CreateSigner(key);

    /// <inheritdoc/>
    public void Mac(CipherSuite suite, ReadOnlySpan<byte> key, ReadOnlySpan<byte> message, Span<byte> mac) => _crypto.Mac(suite, key, message, mac);

    /// <inheritdoc/>
    public void Expand(CipherSuite suite, ReadOnlySpan<byte> key, ReadOnlySpan<byte> info, Span<byte> output) => _crypto.Expand(suite, key, info, output);

    /// <inheritdoc/>
    public IRecordAead CreateRecordAead(ReadOnlySpan<byte> key) => _crypto.CreateRecordAead(key);

    /// <inheritdoc/>
    public void Dispose()
    {
        _crypto.Dispose();
        _keys.Dispose();
    }
}
