using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FastRelay.Engine.Interop.Linux;

/// <summary>An EVP_MD_CTX that hashes one message after another (EVP_DigestInit(3)). Not thread-safe.</summary>
internal sealed unsafe partial class DigestContext : SafeHandleZeroOrMinusOneIsInvalid
{
    private const int MaxBlock = 128;
    private const int MaxHash = 64;

    private readonly nint _digest;
    private readonly int _block;
    private readonly int _size;

    private DigestContext(nint digest, int block, int size)
        : base(ownsHandle: true)
    {
        (_digest, _block, _size) = (digest, block, size);
        SetHandle(EVP_MD_CTX_new());
    }

    /// <summary>Makes a context of SHA-256.</summary>
    /// <returns>Null when libcrypto can't.</returns>
    public static DigestContext? TryCreateSha256() => TryCreate(EVP_sha256(), block: 64, size: 32);

    /// <summary>Makes a context of SHA-384.</summary>
    /// <returns>Null when libcrypto can't.</returns>
    public static DigestContext? TryCreateSha384() => TryCreate(EVP_sha384(), block: 128, size: 48);

    /// <summary>HMAC (RFC 2104). The lengths have been checked by the caller: a key is at most a block.</summary>
    /// <returns>False when libcrypto failed.</returns>
    public bool Mac(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message, Span<byte> mac)
    {
        bool added = false;
        byte* pad = stackalloc byte[MaxBlock];
        byte* inner = stackalloc byte[MaxHash];
        try
        {
            DangerousAddRef(ref added);
            Pad(key, 0x36, pad);
            bool good = Init() && Update(pad, _block) && Update(message) && EVP_DigestFinal_ex(handle, inner, null) == 1;
            if (!good) return false;
            Pad(key, 0x5C, pad);
            fixed (byte* to = mac) return Init() && Update(pad, _block) && Update(inner, _size) && EVP_DigestFinal_ex(handle, to, null) == 1;
        }
        finally
        {
            new Span<byte>(pad, MaxBlock).Clear();
            new Span<byte>(inner, MaxHash).Clear();
            if (added) DangerousRelease();
        }
    }

    protected override bool ReleaseHandle()
    {
        EVP_MD_CTX_free(handle);
        return true;
    }

    private static DigestContext? TryCreate(nint digest, int block, int size)
    {
        var made = new DigestContext(digest, block, size);
        // The digest is found and fetched here, once; later the context is started anew with the one that it has.
        if (!made.IsInvalid && EVP_DigestInit_ex(made.handle, digest, 0) == 1) return made;
        made.Dispose();
        return null;
    }

    private void Pad(ReadOnlySpan<byte> key, byte with, byte* pad)
    {
        var block = new Span<byte>(pad, _block);
        block.Fill(with);
        for (int i = 0; i < key.Length; i++) block[i] ^= key[i];
    }

    private bool Init() => EVP_DigestInit_ex(handle, _digest, 0) == 1;

    private bool Update(byte* from, int length) => EVP_DigestUpdate(handle, from, (nuint)length) == 1;

    private bool Update(ReadOnlySpan<byte> message)
    {
        if (message.IsEmpty) return true;
        fixed (byte* from = message) return Update(from, message.Length);
    }

    [LibraryImport(LibCrypto.Name)]
    private static partial nint EVP_MD_CTX_new();

    [LibraryImport(LibCrypto.Name)]
    private static partial void EVP_MD_CTX_free(nint context);

    [LibraryImport(LibCrypto.Name)]
    private static partial nint EVP_sha256();

    [LibraryImport(LibCrypto.Name)]
    private static partial nint EVP_sha384();

    [LibraryImport(LibCrypto.Name)]
    private static partial int EVP_DigestInit_ex(nint context, nint digest, nint engine);

    [LibraryImport(LibCrypto.Name)]
    private static partial int EVP_DigestUpdate(nint context, byte* from, nuint length);

    [LibraryImport(LibCrypto.Name)]
    private static partial int EVP_DigestFinal_ex(nint context, byte* to, uint* length);
}
