namespace FastRelay.Engine.Tables;

/// <summary>
/// Finds the slot of an id. One writer at a time adds, replaces and removes; finding is for any thread, without a lock, and sees each change
/// whole or not at all. An id stands in its slot before the slot is added under it, and for as long as it is in the index.
/// </summary>
public interface IIdIndex
{
    /// <summary>Ids in the index. Any thread.</summary>
    int Count { get; }

    /// <summary>Adds an id that isn't in the index. The writer alone.</summary>
    /// <returns>False when it is.</returns>
    bool TryAdd(UInt128 id, uint slot);

    /// <summary>Finds an id's slot. Any thread.</summary>
    bool TryGet(UInt128 id, out uint slot);

    /// <summary>Gives an id another slot, if it still has the one expected. The writer alone.</summary>
    /// <returns>False when the id isn't in the index, or has another slot by now.</returns>
    bool Replace(UInt128 id, uint expected, uint slot);

    /// <summary>Removes an id, if it still has the slot expected. The writer alone.</summary>
    /// <returns>False when the id isn't in the index, or has another slot by now.</returns>
    bool TryRemove(UInt128 id, uint expected);
}
