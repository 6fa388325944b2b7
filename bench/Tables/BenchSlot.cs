using System.Runtime.InteropServices;
using FastRelay.Engine.Tables;

namespace FastRelay.Bench.Tables;

/// <summary>A slot of the size of a device's, with its id in the first of its two cache lines.</summary>
[StructLayout(LayoutKind.Sequential, Size = 128)]
internal struct BenchSlot : ISlot
{
    public UInt128 Id;

    private uint _generation;

    public uint Generation { readonly get => _generation; set => _generation = value; }

    /// <summary>Reads the id of a slot.</summary>
    internal readonly struct Ids(SlotTable<BenchSlot> slots) : IIdOfSlot
    {
        public UInt128 IdOf(uint slot) => slots.At(slot).Id;

        public void Prefetch(uint slot) => slots.Prefetch(slot);
    }
}
