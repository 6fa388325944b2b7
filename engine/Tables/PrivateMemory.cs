using FastRelay.Engine.Interop.Linux;

namespace FastRelay.Engine.Tables;

/// <summary>Anonymous memory of Linux, with huge pages from the second on: a small table stays small, a large one misses fewer translations.</summary>
internal sealed unsafe class PrivateMemory : ITableMemory
{
    private const long HugePage = 2 << 20;

    private readonly nint _mapped;
    private readonly long _mappedBytes;
    private readonly long _reserved;
    private bool _huge;
    private bool _disposed;

    public PrivateMemory(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        _reserved = (bytes + HugePage - 1) & -HugePage;
        // One more, to begin on a boundary.
        _mappedBytes = _reserved + HugePage;
        _mapped = AddressSpace.MapPrivate((nint)_mappedBytes);
        if (_mapped is < 0 and > -4096) NativeResult.OrThrow((int)_mapped, "mmap");
        Start = (byte*)((_mapped + (nint)HugePage - 1) & -(nint)HugePage);
        AddressSpace.KeepOutOfDumps((nint)Start, (nint)_reserved);
    }

    public byte* Start { get; private set; }

    public long Usable { get; private set; }

    public bool TryUse(long bytes)
    {
        if (bytes <= Usable) return true;
        if (bytes > _reserved) return false;
        if (!_huge && bytes > HugePage)
        {
            AddressSpace.PreferHugePages((nint)(Start + HugePage), (nint)(_reserved - HugePage));
            _huge = true;
        }
        Usable = bytes;
        return true;
    }

    public void GiveBack(long fromBytes)
    {
        long from = (fromBytes + HugePage - 1) & -HugePage;
        if (from < Usable) AddressSpace.GiveBack((nint)(Start + from), (nint)(_reserved - from));
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        AddressSpace.Unmap(_mapped, (nint)_mappedBytes);
        Start = null;
    }
}
