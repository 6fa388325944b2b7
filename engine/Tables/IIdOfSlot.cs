namespace FastRelay.Engine.Tables;

/// <summary>Says which id stands in a slot, so that an index needn't keep the ids. A structure, so that the call is compiled into the index.</summary>
public interface IIdOfSlot
{
    /// <summary>The id in a slot. Any thread.</summary>
    /// <param name="slot">One that was in the index at some time; it may have been freed since, then any answer will do.</param>
    UInt128 IdOf(uint slot);

    /// <summary>Begins to bring a slot into the processor's cache, without waiting for it; any number is good. Any thread.</summary>
    void Prefetch(uint slot);
}
