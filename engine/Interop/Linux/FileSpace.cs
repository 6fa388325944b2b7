using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FastRelay.Engine.Interop.Linux;

/// <summary>
/// Room for a file's content before it is written: posix_fallocate(3). A page of a mapped file for which there is no room kills the
/// process that writes it; asked for beforehand, the want of room is an answer.
/// </summary>
internal static partial class FileSpace
{
    /// <summary>Makes the file at least so long, and its bytes there sure to have room; new ones are zero.</summary>
    public static Errno TryReserve(SafeFileHandle file, long offset, long length)
    {
        // The error is the result here, not errno.
        int error;
        do error = posix_fallocate(file, (nint)offset, (nint)length);
        while (error == (int)Errno.Interrupted);
        return (Errno)error;
    }

    [LibraryImport("libc")]
    private static partial int posix_fallocate(SafeFileHandle descriptor, nint offset, nint length);
}
