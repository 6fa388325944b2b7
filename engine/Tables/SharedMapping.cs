using System.Runtime.CompilerServices;
using FastRelay.Engine.Files;
using FastRelay.Engine.Interop.Linux;

namespace FastRelay.Engine.Tables;

/// <summary>
/// The memory of a slot table as a file of mode 0600 (on tmpfs, so that it is memory and no more), which outlives the process: a later one
/// opens it and finds the slots as they were. Address space for all slots is taken at once; the file grows by chunks, and nothing moves.
/// </summary>
/// <remarks>
/// The file is locked for as long as it is open. Its slots may hold keys: they are kept out of core dumps, the file is refused when others
/// may touch it, and its directory should be its owner's alone (<see cref="PrivateFile.CreateDirectory"/>). One writer.
/// </remarks>
public sealed unsafe class SharedMapping : ITableMemory
{
#if DEBUG
    internal const int ChunkBytes = 4096;
#else
    // Some 30 µs of zeroing at a time, once in 2,048 slots of 128 bytes.
    internal const int ChunkBytes = 256 * 1024;
#endif
    private const int SharingViolation = 11; // EWOULDBLOCK of flock(2), which the base library takes for FileShare.None

    private readonly FileStream _file;
    private readonly nint _mapped;
    private readonly long _reserved;
    private bool _disposed;

    private SharedMapping(FileStream file, nint mapped, long reserved, long usable, SharedLayout layout)
    {
        _file = file;
        _mapped = mapped;
        _reserved = reserved;
        Usable = usable;
        Layout = layout;
    }

    /// <summary>What its slots are.</summary>
    public SharedLayout Layout { get; }

    /// <summary>Bytes of the file that slots may be in.</summary>
    public long Usable { get; private set; }

    byte* ITableMemory.Start => (byte*)_mapped + SharedHeader.Room;

    /// <summary>Makes a new file; one of that name that no process has open is replaced.</summary>
    /// <param name="path">In a directory that is its owner's alone.</param>
    /// <param name="layout">Of the slots.</param>
    /// <param name="mapping">The mapping; null unless <see cref="SharedMappingStatus.Ready"/>.</param>
    public static SharedMappingStatus TryCreate(string path, SharedLayout layout, out SharedMapping? mapping) =>
        TryCreate(path, layout, BootId.Read(), out mapping);

    /// <summary>Opens what an earlier process left, if it is what this one would have made.</summary>
    /// <param name="path">As it was created.</param>
    /// <param name="layout">Of the slots.</param>
    /// <param name="mapping">The mapping; null unless <see cref="SharedMappingStatus.Ready"/>.</param>
    public static SharedMappingStatus TryOpen(string path, SharedLayout layout, out SharedMapping? mapping) =>
        TryOpen(path, layout, BootId.Read(), out mapping);

    internal static SharedMappingStatus TryCreate(string path, SharedLayout layout, Guid boot, out SharedMapping? mapping)
    {
        mapping = null;
        Check(layout);
        if (!IsSupported) return SharedMappingStatus.NotSupported;
        // Opened first: a file that a living process uses isn't taken from under it.
        var status = TryOpenFile(path, FileMode.Open, out var file);
        file?.Dispose();
        if (status is not (SharedMappingStatus.Ready or SharedMappingStatus.Missing)) return status;
        if (status == SharedMappingStatus.Ready) File.Delete(path);
        status = TryOpenFile(path, FileMode.CreateNew, out file);
        if (status != SharedMappingStatus.Ready) return status;
        if (FileSpace.TryReserve(file!.SafeFileHandle, 0, SharedHeader.Room) != Errno.Success)
        {
            file.Dispose();
            File.Delete(path);
            return SharedMappingStatus.NoRoom;
        }
        status = TryMap(file, usable: 0, layout, out mapping);
        if (status == SharedMappingStatus.Ready) mapping!.WriteHeader(boot);
        return status;
    }

    internal static SharedMappingStatus TryOpen(string path, SharedLayout layout, Guid boot, out SharedMapping? mapping)
    {
        mapping = null;
        Check(layout);
        if (!IsSupported) return SharedMappingStatus.NotSupported;
        var status = TryOpenFile(path, FileMode.Open, out var file);
        if (status != SharedMappingStatus.Ready) return status;
        long usable = 0;
        status = PrivateFile.IsOpenToOthers(path) ? SharedMappingStatus.OpenToOthers : Examine(file!, layout, boot, out usable);
        if (status != SharedMappingStatus.Ready)
        {
            file!.Dispose();
            return status;
        }
        return TryMap(file!, usable, layout, out mapping);
    }

    bool ITableMemory.TryUse(long bytes)
    {
        if (bytes <= Usable) return true;
        if (bytes > _reserved) return false;
        long wanted = RoundUp(bytes);
        if (FileSpace.TryReserve(_file.SafeFileHandle, SharedHeader.Room + Usable, wanted - Usable) != Errno.Success) return false;
        Usable = wanted;
        return true;
    }

    void ITableMemory.GiveBack(long fromBytes)
    {
        // A slot table never shrinks.
    }

    /// <summary>Unmaps and unlocks the file, which stays. Nobody may read any more.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        AddressSpace.Unmap(_mapped, (nint)(SharedHeader.Room + _reserved));
        _file.Dispose();
    }

    private static bool IsSupported => OperatingSystem.IsLinux() && nint.Size == 8 && BitConverter.IsLittleEndian;

    private static long RoundUp(long bytes) => (bytes + ChunkBytes - 1) / ChunkBytes * ChunkBytes;

    private static void Check(SharedLayout layout)
    {
        if (layout.SlotSize <= 0 || layout.Capacity <= 0) throw new ArgumentOutOfRangeException(nameof(layout), "There is at least one slot of at least one byte.");
    }

    private static SharedMappingStatus TryOpenFile(string path, FileMode mode, out FileStream? file)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
        if (mode == FileMode.CreateNew && !OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        file = null;
        try
        {
            file = new FileStream(path, options);
            return SharedMappingStatus.Ready;
        }
        catch (Exception e) when (e is FileNotFoundException)
        {
            return SharedMappingStatus.Missing;
        }
        catch (IOException e) when (e.HResult == SharingViolation)
        {
            return SharedMappingStatus.InUse;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return SharedMappingStatus.NoAccess;
        }
    }

    private static SharedMappingStatus Examine(FileStream file, SharedLayout layout, Guid boot, out long usable)
    {
        usable = file.Length - SharedHeader.Room;
        SharedHeader header = default;
        if (usable < 0 || RandomAccess.Read(file.SafeFileHandle, new Span<byte>(&header, sizeof(SharedHeader)), 0) < sizeof(SharedHeader) ||
            header.Magic != SharedHeader.OurMagic) return SharedMappingStatus.NotOurs;
        if (header.Version != SharedHeader.OurVersion || header.ContentVersion != layout.Version) return SharedMappingStatus.OtherVersion;
        if (header.SlotSize != (uint)layout.SlotSize) return SharedMappingStatus.OtherSlotSize;
        if (header.Boot != boot || boot == Guid.Empty) return SharedMappingStatus.OtherBoot;
        if (usable > RoundUp((long)layout.Capacity * layout.SlotSize)) return SharedMappingStatus.TooLarge;
        // Room that a failed growth may have left half made.
        return FileSpace.TryReserve(file.SafeFileHandle, 0, file.Length) == Errno.Success ? SharedMappingStatus.Ready : SharedMappingStatus.NoRoom;
    }

    private static SharedMappingStatus TryMap(FileStream file, long usable, SharedLayout layout, out SharedMapping? mapping)
    {
        mapping = null;
        long reserved = RoundUp((long)layout.Capacity * layout.SlotSize);
        nint length = (nint)(SharedHeader.Room + reserved);
        nint mapped = AddressSpace.MapShared(file.SafeFileHandle, length);
        if (mapped is < 0 and > -4096)
        {
            file.Dispose();
            return SharedMappingStatus.NoRoom;
        }
        AddressSpace.KeepOutOfDumps(mapped, length);
        AddressSpace.PreferHugePages(mapped, length);
        mapping = new SharedMapping(file, mapped, reserved, usable, layout);
        return SharedMappingStatus.Ready;
    }

    private void WriteHeader(Guid boot)
    {
        ref var header = ref Unsafe.AsRef<SharedHeader>((void*)_mapped);
        header.Version = SharedHeader.OurVersion;
        header.ContentVersion = Layout.Version;
        header.SlotSize = (uint)Layout.SlotSize;
        header.ChunkBytes = ChunkBytes;
        header.Capacity = (uint)Layout.Capacity;
        header.Boot = boot;
        Volatile.Write(ref header.Magic, SharedHeader.OurMagic);
    }
}
