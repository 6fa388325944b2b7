using System.Runtime.InteropServices;

namespace FastRelay.Engine.Interop.Linux;

/// <summary>
/// SHA-256 and SHA-384 of libcrypto a block at a time (SHA256_Init(3)), in memory of the caller's: no context to make, to pool or to free. Marked
/// deprecated in OpenSSL 3, and there in all of 1.1 and 3.x.
/// </summary>
/// <remarks>
/// A call takes 50 to 250 ns and never waits, so that the thread needn't tell the collector where it is (<see cref="SuppressGCTransitionAttribute"/>).
/// </remarks>
internal static unsafe partial class ShaBlocks
{
    /// <summary>
    /// Bytes of the longest context: SHA512_CTX has 216, SHA256_CTX 112. The eight words of the hash stand at its beginning, in the
    /// processor's byte order; nothing else of it is used here.
    /// </summary>
    public const int ContextSize = 256;

    /// <summary>Writes what SHA-256 begins with.</summary>
    [LibraryImport(LibCrypto.Name, EntryPoint = "SHA256_Init")]
    public static partial int BeginSha256(byte* context);

    /// <summary>Writes what SHA-384 begins with.</summary>
    [LibraryImport(LibCrypto.Name, EntryPoint = "SHA384_Init")]
    public static partial int BeginSha384(byte* context);

    /// <summary>Adds a block of 64 bytes.</summary>
    [LibraryImport(LibCrypto.Name, EntryPoint = "SHA256_Transform")]
    [SuppressGCTransition]
    public static partial void AddToSha256(byte* context, byte* block);

    /// <summary>Adds a block of 128 bytes to SHA-384, whose blocks are those of SHA-512.</summary>
    [LibraryImport(LibCrypto.Name, EntryPoint = "SHA512_Transform")]
    [SuppressGCTransition]
    public static partial void AddToSha384(byte* context, byte* block);
}
