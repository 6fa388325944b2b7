using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using FastRelay.Engine.Interop.Linux;

namespace FastRelay.Engine.Crypto;

/// <summary>
/// HMAC and HKDF-Expand for many short messages under many keys: one context of libcrypto, started anew for each call. One instance
/// belongs to one worker; not thread-safe. docs/decisions/0012 says why it exists beside the base library's <see cref="HKDF"/>.
/// </summary>
public sealed class LibCryptoHmac : IDisposable
{
    private const int Sha256Size = 32;
    private const int Sha384Size = 48;

    private static readonly Lazy<string?> Unsupported = new(Probe);

    private readonly DigestContext _context;

    private LibCryptoHmac(DigestContext context, int hashSize) => (_context, HashSize) = (context, hashSize);

    /// <summary>Why it can't be used on this system; null when it can. Found out once.</summary>
    public static string? WhyUnsupported => Unsupported.Value;

    /// <summary>Bytes of a MAC: 32 or 48.</summary>
    public int HashSize { get; }

    /// <summary>Longest key: a block of SHA-256, so that none needs to be hashed first.</summary>
    public const int MaxKey = 64;

    /// <summary>Longest info of <see cref="Expand"/>.</summary>
    public const int MaxInfo = 1024;

    /// <summary>Makes an instance for SHA-256.</summary>
    /// <returns>False when the system has no usable libcrypto (<see cref="WhyUnsupported"/>), or no memory for a context.</returns>
    public static bool TryCreateSha256([NotNullWhen(true)] out LibCryptoHmac? made) =>
        (made = WhyUnsupported is null && DigestContext.TryCreateSha256() is { } context ? new LibCryptoHmac(context, Sha256Size) : null) is not null;

    /// <summary>Makes an instance for SHA-384.</summary>
    /// <returns>As <see cref="TryCreateSha256"/>.</returns>
    public static bool TryCreateSha384([NotNullWhen(true)] out LibCryptoHmac? made) =>
        (made = WhyUnsupported is null && DigestContext.TryCreateSha384() is { } context ? new LibCryptoHmac(context, Sha384Size) : null) is not null;

    /// <summary>HMAC (RFC 2104). Allocates nothing.</summary>
    /// <param name="key">At most <see cref="MaxKey"/> bytes.</param>
    /// <param name="message">Any length.</param>
    /// <param name="mac">Takes <see cref="HashSize"/> bytes.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    /// <exception cref="CryptographicException">libcrypto failed, which it does for no input.</exception>
    public void Mac(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message, Span<byte> mac)
    {
        ObjectDisposedException.ThrowIf(_context.IsClosed, this);
        if (key.Length > MaxKey) throw new ArgumentException("A key is at most a block of SHA-256.", nameof(key));
        if (mac.Length != HashSize) throw new ArgumentException("A MAC has another size.", nameof(mac));
        if (!_context.Mac(key, message, mac)) throw new CryptographicException("libcrypto failed to hash.");
    }

    /// <summary>HKDF-Expand (RFC 5869 2.3). Allocates nothing.</summary>
    /// <param name="key">The pseudo-random key, at most <see cref="MaxKey"/> bytes.</param>
    /// <param name="info">At most <see cref="MaxInfo"/> bytes.</param>
    /// <param name="output">At most 255 × <see cref="HashSize"/> bytes.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    /// <exception cref="CryptographicException">libcrypto failed, which it does for no input.</exception>
    public void Expand(ReadOnlySpan<byte> key, ReadOnlySpan<byte> info, Span<byte> output)
    {
        if (info.Length > MaxInfo) throw new ArgumentException("There is no room for so long an info.", nameof(info));
        if (output.Length > byte.MaxValue * HashSize) throw new ArgumentException("HKDF gives at most 255 hashes.", nameof(output));
        // T(n) = HMAC(key, T(n−1) ‖ info ‖ n)
        Span<byte> previous = stackalloc byte[Sha384Size + info.Length + 1];
        int kept = 0;
        Span<byte> block = stackalloc byte[Sha384Size];
        block = block[..HashSize];
        for (byte n = 1; !output.IsEmpty; n++)
        {
            info.CopyTo(previous[kept..]);
            previous[kept + info.Length] = n;
            Mac(key, previous[..(kept + info.Length + 1)], block);
            int taken = Math.Min(block.Length, output.Length);
            block[..taken].CopyTo(output);
            output = output[taken..];
            block.CopyTo(previous);
            kept = HashSize;
        }
        CryptographicOperations.ZeroMemory(previous);
        CryptographicOperations.ZeroMemory(block);
    }

    /// <summary>Frees the context.</summary>
    public void Dispose() => _context.Dispose();

    private static string? Probe()
    {
        if (LibCrypto.WhyMissing is { } reason) return reason;
        try
        {
            if (DigestContext.TryCreateSha256() is not { } small) return "libcrypto doesn't offer SHA-256";
            using var hmac256 = new LibCryptoHmac(small, Sha256Size);
            if (DigestContext.TryCreateSha384() is not { } large) return "libcrypto doesn't offer SHA-384";
            using var hmac384 = new LibCryptoHmac(large, Sha384Size);
            return hmac256.Agrees(HMACSHA256.HashData) && hmac384.Agrees(HMACSHA384.HashData) ? null : "libcrypto's HMAC gives a wrong answer";
        }
        catch (Exception e) when (e is EntryPointNotFoundException or CryptographicException)
        {
            return e.Message;
        }
    }

    private bool Agrees(Func<byte[], byte[], byte[]> platform)
    {
        byte[] key = [.. Enumerable.Range(0, HashSize).Select(i => (byte)i)];
        byte[] message = "known to both"u8.ToArray(), mac = new byte[HashSize];
        Mac(key, message, mac);
        return mac.AsSpan().SequenceEqual(platform(key, message));
    }
}
