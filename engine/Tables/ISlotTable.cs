namespace FastRelay.Engine.Tables;

/// <summary>
/// Slots of a fixed size that never move. Every member may be called from any thread; the content of a slot belongs to the
/// one who allocated it, and he alone frees it: a reader on another thread may see a slot half written or just freed.
/// </summary>
/// <typeparam name="TSlot">The content: plain bytes.</typeparam>
public interface ISlotTable<TSlot>
    where TSlot : unmanaged
{
    /// <summary>Most slots there can be.</summary>
    int Capacity { get; }

    /// <summary>Slots allocated now.</summary>
    int Count { get; }

    /// <summary>Allocates a slot, zeroed.</summary>
    /// <returns>False when the table is full.</returns>
    bool TryAllocate(out SlotHandle handle);

    /// <summary>The handle of the present tenancy of a slot; any index is good, also one made up by a peer.</summary>
    /// <returns>False when the slot is free or doesn't exist.</returns>
    bool TryGetHandle(uint index, out SlotHandle handle);

    /// <summary>The slot of a handle, in place.</summary>
    /// <param name="handle">Any value.</param>
    /// <param name="found">False when the handle is stale or was made up: the reference is a null reference then.</param>
    ref TSlot TryGet(SlotHandle handle, out bool found);

    /// <summary>Ends a tenancy. The content is zeroed.</summary>
    /// <returns>False when the handle is stale.</returns>
    bool Free(SlotHandle handle);
}
