using System.Runtime.InteropServices;

namespace FastRelay.Engine.Tables;

/// <summary>The first bytes of the file of a <see cref="SharedMapping"/>, little-endian; the slots begin a page later.</summary>
[StructLayout(LayoutKind.Explicit, Size = 48)]
internal struct SharedHeader
{
    /// <summary>Bytes from the file's start to the first slot: a page, so that slots lie on boundaries.</summary>
    public const int Room = 4096;

    /// <summary>"FRslots" and a zero. Written last, so a file that was never finished isn't ours.</summary>
    public const ulong OurMagic = 0x0073_746F_6C73_5246;

    /// <summary>The layout that this structure and <see cref="SlotTable{TSlot}"/> have.</summary>
    public const uint OurVersion = 1;

    [FieldOffset(0)] public ulong Magic;
    [FieldOffset(8)] public uint Version;

    /// <summary>The layout of a slot's content, the owner's own number.</summary>
    [FieldOffset(12)] public uint ContentVersion;
    [FieldOffset(16)] public uint SlotSize;

    /// <summary>Bytes by which the file grows.</summary>
    [FieldOffset(20)] public uint ChunkBytes;

    /// <summary>Most slots that whoever made it allowed.</summary>
    [FieldOffset(24)] public uint Capacity;
    [FieldOffset(28)] public uint Reserved;

    /// <summary>The run of the system that it was made in.</summary>
    [FieldOffset(32)] public Guid Boot;
}
