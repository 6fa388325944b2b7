using System.Buffers.Binary;
using System.Security.Cryptography;

namespace FastRelay.Protocol.EndToEnd;

/// <summary>
/// The SymmetricState of the Noise framework (revision 34, 5.2) with AESGCM and SHA-256. Knows no curve: DH outputs come as arguments.
/// Owns its secrets and clears them when disposed. Not thread-safe.
/// </summary>
internal sealed class NoiseState : IDisposable
{
    public const int HashSize = 32;
    public const int TagSize = 16;
    private const int NonceSize = 12;

    private readonly byte[] _h = new byte[HashSize];
    private readonly byte[] _ck = new byte[HashSize];
    private readonly byte[] _k = new byte[32];
    private ulong _n;

    /// <summary>InitializeSymmetric: a name of at most 32 bytes is padded with zeros.</summary>
    public NoiseState(ReadOnlySpan<byte> protocolName)
    {
        if (protocolName.Length > HashSize) SHA256.HashData(protocolName, _h);
        else protocolName.CopyTo(_h);
        _h.CopyTo(_ck, 0);
    }

    private NoiseState(NoiseState from)
    {
        from._h.CopyTo(_h, 0);
        from._ck.CopyTo(_ck, 0);
        from._k.CopyTo(_k, 0);
        _n = from._n;
    }

    /// <summary>The handshake hash h.</summary>
    public ReadOnlySpan<byte> Hash => _h;

    /// <summary>The chaining key: secret.</summary>
    public ReadOnlySpan<byte> ChainingKey => _ck;

    /// <summary>A copy, so that a message that doesn't verify leaves the state as it was.</summary>
    public NoiseState Copy() => new(this);

    public void MixHash(ReadOnlySpan<byte> data)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(_h);
        hash.AppendData(data);
        hash.GetHashAndReset(_h);
    }

    public void MixKey(ReadOnlySpan<byte> ikm)
    {
        Span<byte> output = stackalloc byte[64];
        Derive(ikm, output);
        output[..32].CopyTo(_ck);
        output[32..].CopyTo(_k);
        _n = 0;
        CryptographicOperations.ZeroMemory(output);
    }

    /// <summary>EncryptAndHash. Output is 16 bytes longer than the plaintext. Called after the first MixKey only.</summary>
    public void EncryptAndHash(ReadOnlySpan<byte> plaintext, Span<byte> destination)
    {
        Span<byte> nonce = stackalloc byte[NonceSize];
        NextNonce(nonce);
        using (var aes = new AesGcm(_k, TagSize))
            aes.Encrypt(nonce, plaintext, destination[..plaintext.Length], destination.Slice(plaintext.Length, TagSize), _h);
        MixHash(destination[..(plaintext.Length + TagSize)]);
    }

    /// <summary>DecryptAndHash; false when the tag doesn't verify, and the state is then of no more use.</summary>
    public bool TryDecryptAndHash(ReadOnlySpan<byte> ciphertext, Span<byte> plaintext)
    {
        if (ciphertext.Length < TagSize) return false;
        Span<byte> nonce = stackalloc byte[NonceSize];
        NextNonce(nonce);
        try
        {
            using var aes = new AesGcm(_k, TagSize);
            aes.Decrypt(nonce, ciphertext[..^TagSize], ciphertext[^TagSize..], plaintext[..(ciphertext.Length - TagSize)], _h);
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
        MixHash(ciphertext);
        return true;
    }

    /// <summary>Split (5.2): the initiator's sending key, then the responder's.</summary>
    public void Split(Span<byte> initiatorKey, Span<byte> responderKey)
    {
        Span<byte> output = stackalloc byte[64];
        Derive([], output);
        output[..32].CopyTo(initiatorKey);
        output[32..].CopyTo(responderKey);
        CryptographicOperations.ZeroMemory(output);
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_h);
        CryptographicOperations.ZeroMemory(_ck);
        CryptographicOperations.ZeroMemory(_k);
    }

    /// <summary>
    /// Noise's HKDF with two outputs (4.3): RFC 5869 with ck as the salt and no info. Extract is written out because the platform's
    /// refuses the empty input of Split.
    /// </summary>
    private void Derive(ReadOnlySpan<byte> ikm, Span<byte> output)
    {
        Span<byte> prk = stackalloc byte[HashSize];
        HMACSHA256.HashData(_ck, ikm, prk);
        HKDF.Expand(HashAlgorithmName.SHA256, prk, output, []);
        CryptographicOperations.ZeroMemory(prk);
    }

    private void NextNonce(Span<byte> nonce)
    {
        nonce.Clear();
        BinaryPrimitives.WriteUInt64BigEndian(nonce[4..], _n++);
    }
}
