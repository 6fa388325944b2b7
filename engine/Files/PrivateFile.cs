using FastRelay.Engine.Interop.Linux;

namespace FastRelay.Engine.Files;

/// <summary>
/// Small files that hold secrets: readable by their owner alone, replaced as a whole or not at all, and still there
/// after a power cut. On Windows the access rights are those that the directory passes on.
/// </summary>
public static class PrivateFile
{
    internal const UnixFileMode FileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode DirectoryMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute |
        UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>Makes the directory with mode 0700 when it isn't there; one that is there keeps its mode.</summary>
    public static void CreateDirectory(string path)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, DirectoryMode);
    }

    /// <summary>Whether anyone but its owner may read, write or run the file.</summary>
    public static bool IsOpenToOthers(string path) =>
        !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != UnixFileMode.None;

    /// <summary>Whether anyone but its owner may put files into the directory, and so replace ours.</summary>
    public static bool IsDirectoryWritableByOthers(string path) =>
        !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != UnixFileMode.None;

    /// <summary>
    /// Replaces the file's content in one step, with mode 0600: a new file beside it is written and flushed to the disk, then
    /// renamed over it, then the directory is flushed. A reader sees the old content or the new, never a part.
    /// </summary>
    /// <exception cref="IOException">The disk is full or failed; the old content stands.</exception>
    public static void Replace(string path, ReadOnlySpan<byte> content)
    {
        path = Path.GetFullPath(path);
        string directory = Path.GetDirectoryName(path) ?? throw new ArgumentException("A file stands in a directory.", nameof(path));
        string beside = $"{path}.{Environment.ProcessId}.new";
        var options = new FileStreamOptions { Mode = System.IO.FileMode.Create, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = FileMode;
        try
        {
            // A rest of an earlier crash keeps its old mode when it is only opened, so it goes first.
            File.Delete(beside);
            using (var file = new FileStream(beside, options))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }
            File.Move(beside, path, overwrite: true);
        }
        catch
        {
            File.Delete(beside);
            throw;
        }
        DirectorySync.TryFlush(directory);
    }
}
