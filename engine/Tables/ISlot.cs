namespace FastRelay.Engine.Tables;

/// <summary>
/// A slot that has a word for its table: which tenancy it is in. Inside the slot, so that a check of a handle touches no memory beside it.
/// </summary>
/// <remarks>
/// The property is a plain field of the structure, four bytes on a boundary of four. The table finds its place once and is the only one
/// who writes it: whoever assigns a whole slot carries the word over, or the tenancy ends.
/// </remarks>
public interface ISlot
{
    /// <summary>The tenancy: odd while the slot has a tenant.</summary>
    uint Generation { get; set; }
}
