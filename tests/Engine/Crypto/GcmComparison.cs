using System.Security.Cryptography;
using FastRelay.Engine.Crypto;

namespace FastRelay.Engine.Tests.Crypto;

/// <summary>
/// Random messages sealed by <see cref="LibCryptoGcm"/> and by the base library. Keys are repeated, changed and come back, since what
/// could go wrong is a key that is kept too long.
/// </summary>
internal sealed class GcmComparison(LibCryptoGcm gcm, int seed)
{
    private const int MaxPlaintext = 1200;
    private const int MaxAad = 64;
    private const int Keys = 16;

    private readonly Random _random = new(seed);
    private readonly byte[] _plaintext = new byte[MaxPlaintext];
    private readonly byte[] _aad = new byte[MaxAad];
    private readonly byte[] _nonce = new byte[LibCryptoGcm.NonceSize];
    private readonly byte[] _ciphertext = new byte[MaxPlaintext];
    private readonly byte[] _tag = new byte[LibCryptoGcm.TagSize];
    private readonly byte[] _expected = new byte[MaxPlaintext];
    private readonly byte[] _expectedTag = new byte[LibCryptoGcm.TagSize];

    public void Run(int messages)
    {
        byte[][] keys = [.. Enumerable.Range(0, Keys).Select(_ => NewKey())];
        AesGcm[] references = [.. keys.Select(key => new AesGcm(key, LibCryptoGcm.TagSize))];
        int current = 0;
        for (int i = 0; i < messages; i++)
        {
            if (_random.Next(2) == 0) current = _random.Next(Keys);
            if (_random.Next(8) == 0)
            {
                references[current].Dispose();
                keys[current] = NewKey();
                references[current] = new AesGcm(keys[current], LibCryptoGcm.TagSize);
            }
            if (!Agree(keys[current], references[current])) throw new InvalidOperationException($"Seed {seed}, message {i} of {messages} differs.");
        }
        foreach (var reference in references) reference.Dispose();
    }

    private bool Agree(byte[] key, AesGcm reference)
    {
        _random.NextBytes(_nonce);
        _random.NextBytes(_aad);
        // One in four without a body, as heartbeats are; the others mostly short.
        int length = _random.Next(4) switch { 0 => 0, 1 => _random.Next(49), _ => _random.Next(MaxPlaintext + 1) };
        var plaintext = _plaintext.AsSpan(_random.Next(MaxPlaintext - length + 1), length);
        var aad = _aad.AsSpan(0, _random.Next(MaxAad + 1));
        _random.NextBytes(plaintext);

        gcm.Seal(key, _nonce, plaintext, _ciphertext.AsSpan(0, length), _tag, aad);
        reference.Encrypt(_nonce, plaintext, _expected.AsSpan(0, length), _expectedTag, aad);
        return _tag.AsSpan().SequenceEqual(_expectedTag) && _ciphertext.AsSpan(0, length).SequenceEqual(_expected.AsSpan(0, length));
    }

    private byte[] NewKey()
    {
        byte[] key = new byte[LibCryptoGcm.KeySize];
        _random.NextBytes(key);
        return key;
    }
}
