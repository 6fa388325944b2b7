using System.Security.Cryptography;
using FastRelay.Engine.Files;

namespace FastRelay.Server.Data;

/// <summary>
/// The directory in which the server keeps what outlives it. Mode 0700, its files 0600; a file is replaced whole or not at all;
/// one server at a time.
/// </summary>
public sealed class DataDirectory : IDisposable
{
    private const int MostBytes = 1 << 20;
    private readonly FileStream _lock;

    private DataDirectory(string path, FileStream fileLock)
    {
        FullPath = path;
        _lock = fileLock;
    }

    /// <summary>The directory, absolute.</summary>
    public string FullPath { get; }

    /// <summary>Opens the directory, making it when it isn't there, and locks it.</summary>
    /// <exception cref="DataDirectoryException">It can't be made or read, others may read it, or another server has it.</exception>
    public static DataDirectory Open(string path)
    {
        string full = Path.GetFullPath(path);
        try
        {
            PrivateFile.CreateDirectory(full);
            RefuseWhatOthersMayUse(full, "0700");
            return new DataDirectory(full, Lock(Path.Combine(full, "lock")));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataDirectoryException($"The data directory {full} can't be used: {e.Message}", e);
        }
    }

    /// <summary>Where a file of this name is.</summary>
    public string PathOf(string name) => Path.Combine(FullPath, name);

    /// <summary>The file's bytes, or null when it isn't there. The caller clears them when they are secret.</summary>
    /// <exception cref="DataDirectoryException">The file can't be read, others may read it, or it is too long to be ours.</exception>
    public byte[]? Read(string name)
    {
        string path = PathOf(name);
        try
        {
            if (!File.Exists(path)) return null;
            RefuseWhatOthersMayUse(path, "0600");
            using var stream = File.OpenRead(path);
            if (stream.Length > MostBytes) throw new DataDirectoryException($"{path} is longer than {MostBytes} bytes: it isn't a file of this server.");
            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataDirectoryException($"{path} can't be read: {e.Message}", e);
        }
    }

    /// <summary>Writes the file whole: after a crash there is the old one or the new one.</summary>
    /// <exception cref="DataDirectoryException">It can't be written.</exception>
    public void Write(string name, ReadOnlySpan<byte> content)
    {
        string path = PathOf(name);
        try
        {
            PrivateFile.Replace(path, content);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataDirectoryException($"{path} can't be written: {e.Message}", e);
        }
    }

    /// <summary>The file of random bytes, made on first use. The caller clears the bytes.</summary>
    /// <exception cref="DataDirectoryException">The file can't be read or made, or hasn't that length.</exception>
    public byte[] ReadOrCreateRandom(string name, int length)
    {
        byte[]? bytes = Read(name);
        if (bytes is null)
        {
            bytes = RandomNumberGenerator.GetBytes(length);
            Write(name, bytes);
        }
        return bytes.Length == length
            ? bytes
            : throw new DataDirectoryException($"{PathOf(name)} has {bytes.Length} bytes instead of {length}: restore it, or remove it to have a new one made.");
    }

    /// <summary>Lets the next server have the directory.</summary>
    public void Dispose() => _lock.Dispose();

    private static FileStream Lock(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            return new FileStream(path, options);
        }
        catch (IOException e)
        {
            throw new DataDirectoryException($"Another server uses the data directory: {path} is locked.", e);
        }
    }

    private static void RefuseWhatOthersMayUse(string path, string wanted)
    {
        if (PrivateFile.IsOpenToOthers(path)) throw new DataDirectoryException($"Others than its owner may use {path}: run chmod {wanted} on it.");
    }
}
