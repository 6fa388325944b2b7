using System.Runtime.InteropServices;
using FastRelay.Engine.Tables;

namespace FastRelay.Engine.Tests.Tables;

/// <summary>A number in a slot of a cache line.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
internal struct NumberSlot : ISlot
{
    public long Value;
    public long Again;
    public UInt128 Id;

    public uint Generation { readonly get => _generation; set => _generation = value; }

    private uint _generation;
}
