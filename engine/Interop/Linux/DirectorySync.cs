using System.Runtime.InteropServices;

namespace FastRelay.Engine.Interop.Linux;

/// <summary>
/// fsync(2) of a directory, which makes a rename in it outlive a power cut. The base library can flush a file but
/// refuses to open a directory.
/// </summary>
internal static partial class DirectorySync
{
    private const int OpenReadOnlyCloseOnExec = 0x80000; // O_RDONLY | O_CLOEXEC: the same number on x86 and Arm, unlike O_DIRECTORY
    private const int InterruptedCall = 4; // EINTR

    /// <summary>Flushes the directory's entries; false when the file system can't, which leaves the rename as durable as its journal.</summary>
    public static bool TryFlush(string path)
    {
        if (!OperatingSystem.IsLinux()) return false;
        int fd;
        do fd = Open(path, OpenReadOnlyCloseOnExec);
        while (fd < 0 && Marshal.GetLastPInvokeError() == InterruptedCall);
        if (fd < 0) return false;
        int result;
        do result = Fsync(fd);
        while (result < 0 && Marshal.GetLastPInvokeError() == InterruptedCall);
        _ = Close(fd); // Linux frees the descriptor also when it reports EINTR, so no retry
        return result == 0;
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Fsync(int fd);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int fd);
}
