using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FastRelay.Engine.Tables;

/// <summary>Where a slot type keeps its table's word.</summary>
internal static class SlotWord
{
    /// <summary>Bytes of a cache line on the processors that matter here.</summary>
    public const int CacheLine = 64;

    /// <summary>The offset of <see cref="ISlot.Generation"/>, found by setting it.</summary>
    /// <exception cref="NotSupportedException">It isn't four bytes of their own on a boundary of four, or there is no room for a link beside it.</exception>
    public static int FindGeneration<TSlot>()
        where TSlot : unmanaged, ISlot
    {
        TSlot slot = default;
        slot.Generation = uint.MaxValue;
        var bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<TSlot>(in slot));
        int at = bytes.IndexOf(byte.MaxValue);
        bool isWord = at >= 0 && at % sizeof(uint) == 0 && bytes.Length - at >= sizeof(uint) && bytes[at..].Count(byte.MaxValue) == sizeof(uint) &&
            MemoryMarshal.Read<uint>(bytes[at..]) == uint.MaxValue;
        if (!isWord || Unsafe.SizeOf<TSlot>() % sizeof(uint) != 0 || Unsafe.SizeOf<TSlot>() < 2 * sizeof(uint))
            throw new NotSupportedException($"{typeof(TSlot)}.Generation must be a field of four bytes on a boundary of four, with as much room beside it.");
        return at;
    }
}
