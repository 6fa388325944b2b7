using System.IO.MemoryMappedFiles;

namespace FastRelay.Engine.Tables;

/// <summary>The base library's memory map without a file, for systems whose own calls aren't wrapped here.</summary>
internal sealed unsafe class PortableMemory : ITableMemory
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly long _reserved;
    private bool _disposed;

    public PortableMemory(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        _reserved = bytes;
        _file = MemoryMappedFile.CreateNew(mapName: null, bytes, MemoryMappedFileAccess.ReadWrite);
        _view = _file.CreateViewAccessor(0, bytes);
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        Start = start;
    }

    public byte* Start { get; private set; }

    public long Usable { get; private set; }

    public bool TryUse(long bytes)
    {
        if (bytes > _reserved) return false;
        Usable = Math.Max(Usable, bytes);
        return true;
    }

    public void GiveBack(long fromBytes)
    {
        // The base library has no call for it.
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        Start = null;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
