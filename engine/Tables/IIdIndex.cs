namespace FastRelay.Engine.Tables;

/// <summary>Finds the slot of an id. Every member may be called from any thread; each is atomic.</summary>
public interface IIdIndex
{
    /// <summary>Ids in the index.</summary>
    int Count { get; }

    /// <summary>Adds an id that isn't in the index.</summary>
    /// <returns>False when it is.</returns>
    bool TryAdd(UInt128 id, uint slot);

    /// <summary>Finds an id's slot.</summary>
    bool TryGet(UInt128 id, out uint slot);

    /// <summary>Gives an id another slot, if it still has the one expected.</summary>
    /// <returns>False when the id isn't in the index, or has another slot by now.</returns>
    bool Replace(UInt128 id, uint expected, uint slot);

    /// <summary>Removes an id, if it still has the slot expected.</summary>
    /// <returns>False when the id isn't in the index, or has another slot by now.</returns>
    bool TryRemove(UInt128 id, uint expected);
}
