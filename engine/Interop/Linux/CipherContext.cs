using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FastRelay.Engine.Interop.Linux;

/// <summary>
/// An EVP_CIPHER_CTX that seals and opens with AES-256-GCM under one key after another (EVP_EncryptInit(3)). libcrypto clears the key when the
/// context is freed. Not thread-safe.
/// </summary>
internal sealed unsafe partial class CipherContext : SafeHandleZeroOrMinusOneIsInvalid
{
    private const int TagSize = 16;
    private const int GetTag = 0x10; // EVP_CTRL_AEAD_GET_TAG; EVP_CTRL_GCM_GET_TAG in 1.1 is the same number
    private const int SetTag = 0x11; // EVP_CTRL_AEAD_SET_TAG, likewise

    /// <summary>Makes a context without a cipher; <see cref="TryCreate"/> makes a usable one.</summary>
    public CipherContext()
        : base(ownsHandle: true) => SetHandle(EVP_CIPHER_CTX_new());

    /// <summary>Makes a context without a key.</summary>
    /// <returns>Null when libcrypto can't, for want of memory or because a policy forbids the cipher.</returns>
    public static CipherContext? TryCreate()
    {
        var made = new CipherContext();
        if (!made.IsInvalid && EVP_EncryptInit_ex(made.handle, EVP_aes_256_gcm(), 0, null, null) == 1) return made;
        made.Dispose();
        return null;
    }

    /// <summary>Seals. The lengths have been checked by the caller.</summary>
    /// <param name="key">32 bytes; null for the key of the call before.</param>
    /// <param name="nonce">12 bytes.</param>
    /// <param name="plaintext">May be empty.</param>
    /// <param name="ciphertext">As long; the same place, or apart.</param>
    /// <param name="tag">Takes 16 bytes.</param>
    /// <param name="aad">May be empty.</param>
    /// <returns>Null, or the name of the call that failed.</returns>
    public string? Seal(byte* key, byte* nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, byte* tag, ReadOnlySpan<byte> aad)
    {
        bool added = false;
        try
        {
            // Once for all five calls, each of which would count references on its own if it were given the SafeHandle.
            DangerousAddRef(ref added);
            if (EVP_EncryptInit_ex(handle, 0, 0, key, nonce) != 1) return nameof(EVP_EncryptInit_ex);
            if (!aad.IsEmpty && !Update([], aad)) return nameof(EVP_EncryptUpdate);
            if (!plaintext.IsEmpty && !Update(ciphertext, plaintext)) return nameof(EVP_EncryptUpdate);
            byte* rest = stackalloc byte[TagSize];
            int length;
            if (EVP_EncryptFinal_ex(handle, rest, &length) != 1) return nameof(EVP_EncryptFinal_ex);
            return EVP_CIPHER_CTX_ctrl(handle, GetTag, TagSize, tag) == 1 ? null : nameof(EVP_CIPHER_CTX_ctrl);
        }
        finally
        {
            if (added) DangerousRelease();
        }
    }

    /// <summary>Opens. The lengths have been checked by the caller.</summary>
    /// <param name="key">32 bytes.</param>
    /// <param name="nonce">12 bytes.</param>
    /// <param name="text">The ciphertext, replaced by the plaintext.</param>
    /// <param name="tag">16 bytes.</param>
    /// <param name="aad">May be empty.</param>
    /// <param name="verifies">Whether the tag does.</param>
    /// <returns>Null, or the name of the call that failed.</returns>
    public string? Open(byte* key, byte* nonce, Span<byte> text, byte* tag, ReadOnlySpan<byte> aad, out bool verifies)
    {
        bool added = false;
        verifies = false;
        try
        {
            DangerousAddRef(ref added);
            if (EVP_DecryptInit_ex(handle, 0, 0, key, nonce) != 1) return nameof(EVP_DecryptInit_ex);
            byte* rest = stackalloc byte[TagSize];
            int length;
            fixed (byte* from = aad)
            {
                if (!aad.IsEmpty && EVP_DecryptUpdate(handle, null, &length, from, aad.Length) != 1) return nameof(EVP_DecryptUpdate);
            }
            fixed (byte* at = text)
            {
                if (!text.IsEmpty && EVP_DecryptUpdate(handle, at, &length, at, text.Length) != 1) return nameof(EVP_DecryptUpdate);
            }
            if (EVP_CIPHER_CTX_ctrl(handle, SetTag, TagSize, tag) != 1) return nameof(EVP_CIPHER_CTX_ctrl);
            // Compares in constant time.
            verifies = EVP_DecryptFinal_ex(handle, rest, &length) == 1;
            return null;
        }
        finally
        {
            if (added) DangerousRelease();
        }
    }

    protected override bool ReleaseHandle()
    {
        EVP_CIPHER_CTX_free(handle);
        return true;
    }

    // Without an output it is associated data.
    private bool Update(Span<byte> output, ReadOnlySpan<byte> input)
    {
        int length;
        fixed (byte* to = output)
        fixed (byte* from = input) return EVP_EncryptUpdate(handle, to, &length, from, input.Length) == 1 && length == input.Length;
    }

    [LibraryImport(LibCrypto.Name)]
    private static partial nint EVP_CIPHER_CTX_new();

    [LibraryImport(LibCrypto.Name)]
    private static partial void EVP_CIPHER_CTX_free(nint context);

    [LibraryImport(LibCrypto.Name)]
    private static partial nint EVP_aes_256_gcm();

    [LibraryImport(LibCrypto.Name)]
    private static partial int EVP_EncryptInit_ex(nint context, nint cipher, nint engine, byte* key, byte* nonce);

    [LibraryImport(LibCrypto.Name)]
    private static partial int EVP_EncryptUpdate(nint context, byte* output, int* outputLength, byte* input, int inputLength);

    [LibraryImport(LibCrypto.Name)]
    private static partial int EVP_EncryptFinal_ex(nint context, byte* output, int* outputLength);

    [LibraryImport(LibCrypto.Name)]
    private static partial int EVP_DecryptInit_ex(nint context, nint cipher, nint engine, byte* key, byte* nonce);

    [LibraryImport(LibCrypto.Name)]
    private static partial int EVP_DecryptUpdate(nint context, byte* output, int* outputLength, byte* input, int inputLength);

    [LibraryImport(LibCrypto.Name)]
    private static partial int EVP_DecryptFinal_ex(nint context, byte* output, int* outputLength);

    [LibraryImport(LibCrypto.Name)]
    private static partial int EVP_CIPHER_CTX_ctrl(nint context, int command, int argument, byte* pointer);
}
