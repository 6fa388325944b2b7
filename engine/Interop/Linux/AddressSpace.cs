using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FastRelay.Engine.Interop.Linux;

/// <summary>Pages of memory: mmap(2), munmap(2), madvise(2).</summary>
internal static unsafe partial class AddressSpace
{
    private const int ReadWrite = 1 | 2; // PROT_READ | PROT_WRITE
    private const int Shared = 0x01; // MAP_SHARED
    private const int PrivateAnonymousNoReserve = 0x02 | 0x20 | 0x4000;
    private const int DontNeed = 4; // MADV_DONTNEED
    private const int HugePage = 14; // MADV_HUGEPAGE
    private const int DontDump = 16; // MADV_DONTDUMP

    private static readonly nint Failed = -1;

    /// <summary>Zeroed memory of this process alone; the kernel gives a page when it is first written.</summary>
    /// <returns>The address, or a negative error number.</returns>
    public static nint MapPrivate(nint length) => Result(mmap(0, length, ReadWrite, PrivateAnonymousNoReserve, -1, 0));

    /// <summary>
    /// A file's pages, shared with it. The length may reach beyond the file's end: what lies there may be touched as soon as the file is
    /// long enough, and kills the process before.
    /// </summary>
    /// <returns>The address, or a negative error number.</returns>
    public static nint MapShared(SafeFileHandle file, nint length)
    {
        bool held = false;
        try
        {
            file.DangerousAddRef(ref held);
            return Result(mmap(0, length, ReadWrite, Shared, (int)file.DangerousGetHandle(), 0));
        }
        finally
        {
            if (held) file.DangerousRelease();
        }
    }

    public static void Unmap(nint address, nint length) => _ = munmap(address, length);

    /// <summary>Asks for huge pages, so that fewer address translations are missed. No harm where there are none.</summary>
    public static void PreferHugePages(nint address, nint length) => _ = madvise(address, length, HugePage);

    /// <summary>Keeps the memory out of core dumps.</summary>
    public static void KeepOutOfDumps(nint address, nint length) => _ = madvise(address, length, DontDump);

    /// <summary>Gives private memory back; it reads as zeros from then on.</summary>
    public static void GiveBack(nint address, nint length) => _ = madvise(address, length, DontNeed);

    private static nint Result(nint address) => address == Failed ? -Marshal.GetLastPInvokeError() : address;

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint mmap(nint address, nint length, int protection, int flags, int descriptor, nint offset);

    [LibraryImport("libc")]
    private static partial int munmap(nint address, nint length);

    [LibraryImport("libc")]
    private static partial int madvise(nint address, nint length, int advice);
}
