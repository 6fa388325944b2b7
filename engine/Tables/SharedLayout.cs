using System.Runtime.CompilerServices;

namespace FastRelay.Engine.Tables;

/// <summary>What two processes must agree on before one may use the slots that the other left.</summary>
/// <param name="Version">The layout of a slot's content: raise it whenever a field moves or means something else.</param>
/// <param name="SlotSize">Bytes of a slot.</param>
/// <param name="Capacity">Most slots. Not a part of the layout: another process may allow more, or fewer if there are no more than that.</param>
public readonly record struct SharedLayout(uint Version, int SlotSize, int Capacity)
{
    /// <summary>The layout of a slot type.</summary>
    public static SharedLayout Of<TSlot>(uint version, int capacity)
        where TSlot : unmanaged, ISlot => new(version, Unsafe.SizeOf<TSlot>(), capacity);
}
