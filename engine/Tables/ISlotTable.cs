namespace FastRelay.Engine.Tables;

/// <summary>
/// Slots of a fixed size that never move. One writer at a time (a shard's thread) allocates, frees and writes contents; finding is for any
/// thread, without a lock. A reader that isn't the writer may see a slot half written or just freed: what it needs whole it checks
/// again by the handle after it has copied it.
/// </summary>
/// <typeparam name="TSlot">The content: plain bytes.</typeparam>
public interface ISlotTable<TSlot>
    where TSlot : unmanaged
{
    /// <summary>Most slots there can be.</summary>
    int Capacity { get; }

    /// <summary>Slots allocated now. Any thread.</summary>
    int Count { get; }

    /// <summary>Allocates a slot, zeroed. The writer alone.</summary>
    /// <returns>False when the table is full, or there is no memory for another slot.</returns>
    bool TryAllocate(out SlotHandle handle);

    /// <summary>The handle of the present tenancy of a slot; any index is good, also one made up by a peer. Any thread.</summary>
    /// <returns>False when the slot is free or doesn't exist.</returns>
    bool TryGetHandle(uint index, out SlotHandle handle);

    /// <summary>The slot of a handle, in place. Any thread.</summary>
    /// <param name="handle">Any value.</param>
    /// <param name="found">False when the handle is stale or was made up: the reference is a null reference then.</param>
    ref TSlot TryGet(SlotHandle handle, out bool found);

    /// <summary>Ends a tenancy. The content is zeroed. The writer alone.</summary>
    /// <returns>False when the handle is stale.</returns>
    bool Free(SlotHandle handle);
}
