using System.Security.Cryptography;
using FastRelay.Protocol.Records;

namespace FastRelay.Protocol.Handshake;

/// <summary><see cref="IConnectionCrypto"/> and <see cref="IClientCrypto"/> by the base library.</summary>
/// <param name="entropy">Makes the ephemeral keys.</param>
public sealed class PlatformConnectionCrypto(IEntropy entropy) : IClientCrypto
{
    /// <summary>One with the system's randomness.</summary>
    public static PlatformConnectionCrypto Instance { get; } = new(SystemEntropy.Instance);

    /// <inheritdoc/>
    public bool TryAgree(CipherSuite suite, ReadOnlySpan<byte> peer, Span<byte> ownPoint, Span<byte> z)
    {
        ArgumentNullException.ThrowIfNull(suite);
        if (!EcPoint.TryImportAgreement(suite, peer, out var imported)) return false;
        using (imported)
        {
            using var own = entropy.CreateEphemeral(suite.Curve);
            EcPoint.Write(own, ownPoint);
            byte[] shared = EcPoint.Agree(own, imported);
            shared.CopyTo(z);
            CryptographicOperations.ZeroMemory(shared);
            return true;
        }
    }

    /// <inheritdoc/>
    public IEphemeralKey CreateEphemeral(CipherSuite suite)
    {
        ArgumentNullException.ThrowIfNull(suite);
        return new PlatformEphemeralKey(suite, entropy.CreateEphemeral(suite.Curve));
    }

    /// <inheritdoc/>
    public bool IsOnP256(ReadOnlySpan<byte> point)
    {
        if (!EcPoint.TryImportVerification(point, out var key)) return false;
        key.Dispose();
        return true;
    }

    /// <inheritdoc/>
    public bool Verify(ReadOnlySpan<byte> point, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != 2 * CipherSuite.P256.FieldSize || !EcPoint.TryImportVerification(point, out var key)) return false;
        using (key) return key.VerifyData(message, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    /// <inheritdoc/>
    public void Hash(ReadOnlySpan<byte> message, Span<byte> hash) => SHA256.HashData(message, hash);

    /// <inheritdoc/>
    public ITranscriptHash StartTranscript(CipherSuite suite)
    {
        ArgumentNullException.ThrowIfNull(suite);
        return new PlatformTranscriptHash(suite.Hash);
    }

    /// <inheritdoc/>
    public IHandshakeSigner CreateSigner(ECDsa key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new PlatformSigner(key);
    }

    /// <inheritdoc/>
    public void Mac(CipherSuite suite, ReadOnlySpan<byte> key, ReadOnlySpan<byte> message, Span<byte> mac)
    {
        ArgumentNullException.ThrowIfNull(suite);
        CryptographicOperations.HmacData(suite.Hash, key, message, mac);
    }

    /// <inheritdoc/>
    public void Expand(CipherSuite suite, ReadOnlySpan<byte> key, ReadOnlySpan<byte> info, Span<byte> output)
    {
        ArgumentNullException.ThrowIfNull(suite);
        HKDF.Expand(suite.Hash, key, output, info);
    }

    /// <inheritdoc/>
    public IRecordAead CreateRecordAead(ReadOnlySpan<byte> key) => new PlatformRecordAead(key);
}
