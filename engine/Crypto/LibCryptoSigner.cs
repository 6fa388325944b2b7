using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using FastRelay.Engine.Interop.Linux;

namespace FastRelay.Engine.Crypto;

/// <summary>
/// Signs hashes by ECDSA with one key on P-256 or P-384, at little more than libcrypto's bare cost. Thread-safe: one signature at a time.
/// docs/decisions/0012 says why it exists beside the base library's <see cref="ECDsa"/>.
/// </summary>
public sealed class LibCryptoSigner : IDisposable
{
    private readonly Lock _gate = new();
    private readonly SigningKey _key;

    private LibCryptoSigner(SigningKey key, int fieldSize) => (_key, FieldSize) = (key, fieldSize);

    /// <summary>Bytes of a coordinate and of a hash: 32 or 48. A signature has twice as many.</summary>
    public int FieldSize { get; }

    /// <summary>Takes a copy of a private key, and tries it.</summary>
    /// <param name="key">On P-256 or P-384.</param>
    /// <param name="made">The signer; the caller disposes it.</param>
    /// <returns>False when the key can't be taken out of where it is, or the system has no usable libcrypto (<see cref="LibCryptoCurve.WhyUnsupported"/>).</returns>
    public static bool TryCreate(ECDsa key, [NotNullWhen(true)] out LibCryptoSigner? made)
    {
        ArgumentNullException.ThrowIfNull(key);
        made = null;
        if (LibCryptoCurve.WhyUnsupported is not null || key.KeySize is not (256 or 384)) return false;
        try
        {
            byte[] number = key.ExportParameters(includePrivateParameters: true).D!;
            var native = SigningKey.TryCreate(key.KeySize == 256 ? LibCryptoCurve.P256Number : LibCryptoCurve.P384Number, number);
            CryptographicOperations.ZeroMemory(number);
            if (native is null) return false;
            made = new LibCryptoSigner(native, key.KeySize / 8);
            if (made.IsKeyOf(key)) return true;
        }
        catch (Exception e) when (e is CryptographicException or EntryPointNotFoundException)
        {
            // A key that stays in its device, or a libcrypto without these calls.
        }
        made?.Dispose();
        made = null;
        return false;
    }

    /// <summary>Signs (FIPS 186-5 6.4.1).</summary>
    /// <param name="hash">As long as a coordinate.</param>
    /// <param name="signature">Takes r ‖ s, each as long as a coordinate.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    /// <exception cref="CryptographicException">libcrypto failed.</exception>
    public void Sign(ReadOnlySpan<byte> hash, Span<byte> signature)
    {
        ObjectDisposedException.ThrowIf(_key.IsClosed, this);
        if (hash.Length != FieldSize) throw new ArgumentException("A hash is as long as a coordinate.", nameof(hash));
        if (signature.Length != 2 * FieldSize) throw new ArgumentException("A signature is two coordinates long.", nameof(signature));
        lock (_gate)
        {
            if (!_key.Sign(hash, signature)) throw new CryptographicException("ECDSA_do_sign of libcrypto failed.");
        }
    }

    /// <summary>Clears the key. Further calls do nothing.</summary>
    public void Dispose() => _key.Dispose();

    private bool IsKeyOf(ECDsa key)
    {
        Span<byte> hash = stackalloc byte[FieldSize];
        hash.Fill(1);
        Span<byte> signature = stackalloc byte[2 * FieldSize];
        Sign(hash, signature);
        return key.VerifyHash(hash, signature);
    }
}
