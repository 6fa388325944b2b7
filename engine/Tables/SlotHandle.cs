namespace FastRelay.Engine.Tables;

/// <summary>Names one tenancy of a slot. When the slot is freed the handle goes stale and finds nothing, also after the slot has a new tenant.</summary>
/// <param name="Index">The slot, below the table's capacity.</param>
/// <param name="Generation">The tenancy: odd for every handle that a table gave out, so the default handle is stale.</param>
public readonly record struct SlotHandle(uint Index, uint Generation);
