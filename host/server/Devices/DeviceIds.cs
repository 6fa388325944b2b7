using FastRelay.Engine.Tables;

namespace FastRelay.Server.Devices;

/// <summary>Tells the index which device a slot is: the IDs stand in the slots alone.</summary>
internal readonly struct DeviceIds(SlotTable<DeviceSlot> slots) : IIdOfSlot
{
    /// <inheritdoc/>
    public UInt128 IdOf(uint slot) => slots.At(slot).Device.Value;

    /// <inheritdoc/>
    public void Prefetch(uint slot) => slots.Prefetch(slot);
}
