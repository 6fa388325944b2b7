using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using FastRelay.Engine.Interop.Linux;

namespace FastRelay.Engine.Crypto;

/// <summary>
/// Hash, HMAC and HKDF-Expand for many short messages under many keys, by libcrypto's blocks. Thread-safe: all that changes is on the caller's stack,
/// and cleared there. docs/decisions/0012 says why it exists beside the base library's <see cref="HKDF"/>.
/// </summary>
public sealed unsafe class LibCryptoHmac
{
    /// <summary>Longest key: a block of SHA-256, so that none needs to be hashed first.</summary>
    public const int MaxKey = 64;

    /// <summary>Longest info of <see cref="Expand"/>.</summary>
    public const int MaxInfo = 1024;

    private const ulong InnerPad = 0x3636_3636_3636_3636;
    private const ulong OuterPad = 0x5C5C_5C5C_5C5C_5C5C;

    private static readonly Lazy<string?> Unsupported = new(Probe);

    private readonly ShaHash _hash;

    private LibCryptoHmac(ShaHash hash) => _hash = hash;

    /// <summary>Why it can't be used on this system; null when it can. Found out once.</summary>
    public static string? WhyUnsupported => Unsupported.Value;

    /// <summary>Bytes of a hash and of a MAC: 32 or 48.</summary>
    public int HashSize => _hash.HashSize;

    /// <summary>Makes an instance for SHA-256.</summary>
    /// <returns>False when the system has no usable libcrypto (<see cref="WhyUnsupported"/>).</returns>
    public static bool TryCreateSha256([NotNullWhen(true)] out LibCryptoHmac? made) =>
        (made = WhyUnsupported is null ? new LibCryptoHmac(ShaHash.CreateSha256()) : null) is not null;

    /// <summary>Makes an instance for SHA-384.</summary>
    /// <returns>As <see cref="TryCreateSha256"/>.</returns>
    public static bool TryCreateSha384([NotNullWhen(true)] out LibCryptoHmac? made) =>
        (made = WhyUnsupported is null ? new LibCryptoHmac(ShaHash.CreateSha384()) : null) is not null;

    /// <summary>The hash of a message, without a key. Allocates nothing.</summary>
    /// <param name="message">Any length.</param>
    /// <param name="hash">Takes <see cref="HashSize"/> bytes.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public void Hash(ReadOnlySpan<byte> message, Span<byte> hash)
    {
        CheckSize(hash);
        byte* context = stackalloc byte[ShaBlocks.ContextSize];
        _hash.Begin(context);
        _hash.End(context, added: 0, message, hash);
    }

    /// <summary>Starts a hash of a message that comes in parts.</summary>
    public LibCryptoRunningHash StartHash() => new(_hash);

    /// <summary>HMAC (RFC 2104). Allocates nothing.</summary>
    /// <param name="key">At most <see cref="MaxKey"/> bytes.</param>
    /// <param name="message">Any length.</param>
    /// <param name="mac">Takes <see cref="HashSize"/> bytes.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    [SkipLocalsInit]
    public void Mac(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message, Span<byte> mac)
    {
        CheckKey(key);
        CheckSize(mac);
        byte* inner = stackalloc byte[ShaBlocks.ContextSize];
        byte* outer = stackalloc byte[ShaBlocks.ContextSize];
        Begin(key, inner, outer);
        End(inner, outer, message, mac);
    }

    /// <summary>HKDF-Expand (RFC 5869 2.3). Allocates nothing.</summary>
    /// <param name="key">The pseudo-random key, at most <see cref="MaxKey"/> bytes.</param>
    /// <param name="info">At most <see cref="MaxInfo"/> bytes.</param>
    /// <param name="output">At most 255 × <see cref="HashSize"/> bytes.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    [SkipLocalsInit]
    public void Expand(ReadOnlySpan<byte> key, ReadOnlySpan<byte> info, Span<byte> output)
    {
        CheckKey(key);
        if (info.Length > MaxInfo) throw new ArgumentException("There is no room for so long an info.", nameof(info));
        if (output.Length > byte.MaxValue * HashSize) throw new ArgumentException("HKDF gives at most 255 hashes.", nameof(output));
        byte* innerKey = stackalloc byte[ShaBlocks.ContextSize];
        byte* outerKey = stackalloc byte[ShaBlocks.ContextSize];
        byte* inner = stackalloc byte[ShaBlocks.ContextSize];
        byte* outer = stackalloc byte[ShaBlocks.ContextSize];
        Begin(key, innerKey, outerKey);
        // T(n) = HMAC(key, T(n−1) ‖ info ‖ n)
        Span<byte> previous = stackalloc byte[ShaHash.MaxHash + info.Length + 1];
        int kept = 0;
        Span<byte> block = stackalloc byte[ShaHash.MaxHash];
        block = block[..HashSize];
        for (byte n = 1; !output.IsEmpty; n++)
        {
            info.CopyTo(previous[kept..]);
            previous[kept + info.Length] = n;
            _hash.Begin(inner, innerKey);
            _hash.Begin(outer, outerKey);
            End(inner, outer, previous[..(kept + info.Length + 1)], block);
            int taken = Math.Min(block.Length, output.Length);
            block[..taken].CopyTo(output);
            output = output[taken..];
            block.CopyTo(previous);
            kept = HashSize;
        }
        _hash.Clear(innerKey);
        _hash.Clear(outerKey);
        CryptographicOperations.ZeroMemory(previous);
        CryptographicOperations.ZeroMemory(block);
    }

    private static string? Probe()
    {
        if (LibCrypto.WhyMissing is { } reason) return reason;
        try
        {
            bool agrees = new LibCryptoHmac(ShaHash.CreateSha256()).Agrees(SHA256.HashData, HMACSHA256.HashData)
                && new LibCryptoHmac(ShaHash.CreateSha384()).Agrees(SHA384.HashData, HMACSHA384.HashData);
            return agrees ? null : "libcrypto's HMAC gives a wrong answer";
        }
        catch (Exception e) when (e is EntryPointNotFoundException or CryptographicException)
        {
            return e.Message;
        }
    }

    private static void CheckKey(ReadOnlySpan<byte> key)
    {
        if (key.Length > MaxKey) throw new ArgumentException("A key is at most a block of SHA-256.", nameof(key));
    }

    private void CheckSize(Span<byte> hash)
    {
        if (hash.Length != HashSize) throw new ArgumentException("The hash has another size.", nameof(hash));
    }

    /// <summary>Both hashes of HMAC, with the key in them.</summary>
    [SkipLocalsInit]
    private void Begin(ReadOnlySpan<byte> key, byte* inner, byte* outer)
    {
        byte* pad = stackalloc byte[ShaHash.MaxBlock];
        var block = new Span<byte>(pad, _hash.BlockSize);
        block.Clear();
        key.CopyTo(block);
        Mix(block, InnerPad);
        _hash.Begin(inner);
        _hash.Add(inner, pad);
        Mix(block, InnerPad ^ OuterPad);
        _hash.Begin(outer);
        _hash.Add(outer, pad);
        CryptographicOperations.ZeroMemory(block);
    }

    private static void Mix(Span<byte> block, ulong pad)
    {
        foreach (ref ulong word in MemoryMarshal.Cast<byte, ulong>(block)) word ^= pad;
    }

    private void End(byte* inner, byte* outer, ReadOnlySpan<byte> message, Span<byte> mac)
    {
        _hash.End(inner, _hash.BlockSize, message, mac);
        _hash.End(outer, _hash.BlockSize, mac, mac);
        _hash.Clear(inner);
        _hash.Clear(outer);
    }

    private bool Agrees(Func<byte[], byte[]> hash, Func<byte[], byte[], byte[]> mac)
    {
        byte[] key = [.. Enumerable.Range(0, HashSize).Select(i => (byte)i)];
        byte[] answer = new byte[HashSize];
        // On both sides of where the end needs another block, of either size.
        foreach (int length in (int[])[0, 55, 56, 64, 111, 112, 128, 300])
        {
            byte[] message = [.. Enumerable.Range(0, length).Select(i => (byte)i)];
            Hash(message, answer);
            if (!answer.AsSpan().SequenceEqual(hash(message))) return false;
            Mac(key, message, answer);
            if (!answer.AsSpan().SequenceEqual(mac(key, message))) return false;
        }
        return true;
    }
}
