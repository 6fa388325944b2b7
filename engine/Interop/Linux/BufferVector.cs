using System.Runtime.InteropServices;

namespace FastRelay.Engine.Interop.Linux;

/// <summary>struct iovec.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct BufferVector
{
    public byte* Base;
    public nuint Length;
}
