using System.Security.Cryptography;
using FastRelay.Engine.Crypto;

namespace FastRelay.Engine.Tests.Crypto;

/// <summary>
/// Random messages sealed by one of the engine's and by the base library. Keys are repeated, changed and come back, since what
/// could go wrong is a key that is kept too long. Beside the message nothing may be written.
/// </summary>
internal sealed class GcmComparison(GcmUnderTest gcm, int seed)
{
    public const int MaxPlaintext = 1200;
    public const int MaxAad = 288;
    private const int MaxOffset = 32;
    private const int Keys = 16;
    private const byte Guard = 0xA5;

    private readonly Random _random = new(seed);
    private readonly byte[] _plaintext = new byte[MaxPlaintext + MaxOffset];
    private readonly byte[] _aad = new byte[MaxAad + MaxOffset];
    private readonly byte[] _nonce = new byte[LibCryptoGcm.NonceSize];
    private readonly byte[] _ciphertext = new byte[MaxPlaintext + (2 * MaxOffset)];
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
            // One in four without a body, as heartbeats are; the others mostly short.
            int length = _random.Next(4) switch { 0 => 0, 1 => _random.Next(49), _ => _random.Next(MaxPlaintext + 1) };
            Compare(keys[current], references[current], length, _random.Next(MaxAad + 1), _random.Next(MaxOffset), $"Seed {seed}, message {i} of {messages}");
        }
        foreach (var reference in references) reference.Dispose();
    }

    /// <summary>One random message, its parts so many bytes from where the memory begins.</summary>
    public void Compare(byte[] key, int length, int aadLength, int offset)
    {
        using var reference = new AesGcm(key, LibCryptoGcm.TagSize);
        Compare(key, reference, length, aadLength, offset, $"{length} bytes, {aadLength} of associated data, offset {offset}");
    }

    private void Compare(byte[] key, AesGcm reference, int length, int aadLength, int offset, string which)
    {
        _random.NextBytes(_nonce);
        var aad = _aad.AsSpan(offset, aadLength);
        var plaintext = _plaintext.AsSpan(offset, length);
        _random.NextBytes(aad);
        _random.NextBytes(plaintext);
        var ciphertext = _ciphertext.AsSpan(MaxOffset - offset, length);
        _ciphertext.AsSpan().Fill(Guard);

        gcm.Seal(key, _nonce, plaintext, ciphertext, _tag, aad);
        reference.Encrypt(_nonce, plaintext, _expected.AsSpan(0, length), _expectedTag, aad);
        bool agree = _tag.AsSpan().SequenceEqual(_expectedTag) && ciphertext.SequenceEqual(_expected.AsSpan(0, length));
        // Back again, from the platform's; and with a bit of the ciphertext, the associated data or the tag turned nothing comes out.
        _expected.AsSpan(0, length).CopyTo(ciphertext);
        bool opens = gcm.TryOpen(key, _nonce, ciphertext, _expectedTag, aad) && ciphertext.SequenceEqual(plaintext);
        int bit = _random.Next((length + aadLength + _expectedTag.Length) * 8);
        Turn(bit, length, aad);
        _expected.AsSpan(0, length).CopyTo(ciphertext);
        bool forged = gcm.TryOpen(key, _nonce, ciphertext, _expectedTag, aad) || ciphertext.ContainsAnyExcept((byte)0);
        bool clean = !_ciphertext.AsSpan(0, MaxOffset - offset).ContainsAnyExcept(Guard)
            && !_ciphertext.AsSpan(MaxOffset - offset + length).ContainsAnyExcept(Guard);
        if (!opens) throw new InvalidOperationException($"{which} doesn't open.");
        if (forged) throw new InvalidOperationException($"{which} opens with bit {bit} turned, or leaves something behind.");
        if (!agree) throw new InvalidOperationException($"{which} differs.");
        if (!clean) throw new InvalidOperationException($"{which} writes beside its place.");
    }

    private void Turn(int bit, int length, Span<byte> aad)
    {
        int at = bit / 8;
        byte mask = (byte)(1 << (bit % 8));
        if (at < length) _expected[at] ^= mask;
        else if (at < length + aad.Length) aad[at - length] ^= mask;
        else _expectedTag[at - length - aad.Length] ^= mask;
    }

    private byte[] NewKey()
    {
        byte[] key = new byte[LibCryptoGcm.KeySize];
        _random.NextBytes(key);
        return key;
    }
}
