using System.Runtime.InteropServices;

namespace FastRelay.Engine.Interop.Linux;

/// <summary>struct msghdr. 56 bytes on 64-bit systems. Where libcs differ (int or size_t) the halves that matter are at the same place.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MessageHeader
{
    public byte* Name;
    public uint NameLength;
    private readonly uint _padding;
    public BufferVector* Buffers;
    public nuint BufferCount;
    public byte* Control;
    public nuint ControlLength;
    public int Flags;
    private readonly int _tail;
}
