using System.Collections.Concurrent;

namespace FastRelay.Engine.Tables;

/// <summary>An id index over the library's concurrent dictionary. Ids are ground by attackers: their hash is seeded anew in every process.</summary>
public sealed class PlainIdIndex : IIdIndex
{
    // UInt128's own hash code is HashCode.Combine of its halves, whose seed is random per process.
    private readonly ConcurrentDictionary<UInt128, uint> _slots = new();
    private int _count;

    /// <inheritdoc/>
    public int Count => Volatile.Read(ref _count);

    /// <inheritdoc/>
    public bool TryAdd(UInt128 id, uint slot)
    {
        if (!_slots.TryAdd(id, slot)) return false;
        // Counted apart: the dictionary's own count takes all of its locks.
        Interlocked.Increment(ref _count);
        return true;
    }

    /// <inheritdoc/>
    public bool TryGet(UInt128 id, out uint slot) => _slots.TryGetValue(id, out slot);

    /// <inheritdoc/>
    public bool Replace(UInt128 id, uint expected, uint slot) => _slots.TryUpdate(id, slot, expected);

    /// <inheritdoc/>
    public bool TryRemove(UInt128 id, uint expected)
    {
        if (!_slots.TryRemove(KeyValuePair.Create(id, expected))) return false;
        Interlocked.Decrement(ref _count);
        return true;
    }
}
