using System.Diagnostics.CodeAnalysis;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using FastRelay.Engine.Interop.Linux;

namespace FastRelay.Engine.Crypto;

/// <summary>
/// AES-256-GCM for many short messages under many keys: one context of libcrypto, keyed anew for each call, and not even that when the
/// key is the one of the call before. However many keys there are, nothing is allocated. One instance belongs to one worker; not
/// thread-safe. docs/decisions/0005 says why it exists beside the base library's <see cref="AesGcm"/>.
/// </summary>
/// <remarks>Holds the last key, here and in libcrypto, until the next one or <see cref="Dispose"/>; both are cleared then.</remarks>
public sealed unsafe class LibCryptoGcm : IDisposable
{
    /// <summary>Bytes of a key.</summary>
    public const int KeySize = 32;

    /// <summary>Bytes of a nonce.</summary>
    public const int NonceSize = 12;

    /// <summary>Bytes of a tag.</summary>
    public const int TagSize = 16;

    private static readonly Lazy<string?> Unsupported = new(Probe);

    // Pinned, so that the collector leaves no copy of the key behind.
    private readonly byte[] _key = GC.AllocateArray<byte>(KeySize, pinned: true);
    private readonly CipherContext _context;
    private bool _keyed;

    private LibCryptoGcm(CipherContext context) => _context = context;

    /// <summary>Why it can't be used on this system; null when it can. Found out once.</summary>
    public static string? WhyUnsupported => Unsupported.Value;

    /// <summary>Makes an instance.</summary>
    /// <returns>False when the system has no usable libcrypto (<see cref="WhyUnsupported"/>) or no memory for a context.</returns>
    public static bool TryCreate([NotNullWhen(true)] out LibCryptoGcm? made)
    {
        made = WhyUnsupported is null && CipherContext.TryCreate() is { } context ? new LibCryptoGcm(context) : null;
        return made is not null;
    }

    /// <summary>Encrypts <paramref name="plaintext"/> and writes the tag over it and <paramref name="aad"/>. Allocates nothing.</summary>
    /// <param name="key">32 bytes.</param>
    /// <param name="nonce">12 bytes, never twice under one key for different messages.</param>
    /// <param name="plaintext">May be empty: then it is a mere authentication (GMAC).</param>
    /// <param name="ciphertext">As long as the plaintext; at the same place, or apart.</param>
    /// <param name="tag">16 bytes, apart from the others.</param>
    /// <param name="aad">Authenticated, not encrypted. May be empty.</param>
    /// <exception cref="ArgumentException">A length is wrong, or the ciphertext covers the plaintext in part.</exception>
    /// <exception cref="CryptographicException">libcrypto failed, which it does for no input of these lengths.</exception>
    public void Seal(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag, ReadOnlySpan<byte> aad)
    {
        ObjectDisposedException.ThrowIf(_context.IsClosed, this);
        GcmArguments.Check(key, nonce, plaintext, ciphertext, tag);
        bool sameKey = _keyed && Holds(key);
        _keyed = false; // should libcrypto fail, the context's key is unknown
        string? failed;
        fixed (byte* keyAt = key, nonceAt = nonce, tagAt = tag)
            failed = _context.Seal(sameKey ? null : keyAt, nonceAt, plaintext, ciphertext, tagAt, aad);
        if (failed is not null) throw new CryptographicException($"{failed} of libcrypto failed.");
        if (!sameKey) key.CopyTo(_key);
        _keyed = true;
    }

    /// <summary>Decrypts where the text stands. Allocates nothing, throws nothing on a forged text.</summary>
    /// <param name="key">32 bytes.</param>
    /// <param name="nonce">12 bytes.</param>
    /// <param name="text">The ciphertext, replaced by its plaintext; by zeros when the tag doesn't verify.</param>
    /// <param name="tag">16 bytes.</param>
    /// <param name="aad">Authenticated, not encrypted. May be empty.</param>
    /// <returns>Whether the tag verifies.</returns>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    /// <exception cref="CryptographicException">libcrypto failed, which it does for no input of these lengths.</exception>
    public bool TryOpen(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, Span<byte> text, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> aad)
    {
        ObjectDisposedException.ThrowIf(_context.IsClosed, this);
        if (key.Length != KeySize) throw new ArgumentException("A key has 32 bytes.", nameof(key));
        if (nonce.Length != NonceSize) throw new ArgumentException("A nonce has 12 bytes.", nameof(nonce));
        if (tag.Length != TagSize) throw new ArgumentException("A tag has 16 bytes.", nameof(tag));

        // The context is turned round, so the next seal has to set its key anew.
        _keyed = false;
        string? failed;
        bool verifies;
        fixed (byte* keyAt = key, nonceAt = nonce, tagAt = tag) failed = _context.Open(keyAt, nonceAt, text, tagAt, aad, out verifies);
        if (failed is not null) throw new CryptographicException($"{failed} of libcrypto failed.");
        if (!verifies) text.Clear();
        return verifies;
    }

    /// <summary>Clears the key and frees the context. Further calls do nothing.</summary>
    public void Dispose()
    {
        _keyed = false;
        CryptographicOperations.ZeroMemory(_key);
        _context.Dispose();
    }

    // All bytes are compared at once, so the time tells nothing of the key.
    private bool Holds(ReadOnlySpan<byte> key) => Vector256.EqualsAll(Vector256.Create(key), Vector256.Create<byte>(_key));

    private static string? Probe()
    {
        if (LibCrypto.WhyMissing is { } reason) return reason;
        try
        {
            if (CipherContext.TryCreate() is not { } context) return "libcrypto doesn't offer AES-256-GCM";
            using var probe = new LibCryptoGcm(context);
            return GcmArguments.KnowsTheAnswers(probe.Seal) ? null : "libcrypto's AES-256-GCM gives a wrong answer";
        }
        catch (Exception e) when (e is EntryPointNotFoundException or CryptographicException)
        {
            return e.Message;
        }
    }
}
