using System.Runtime.InteropServices;

namespace FastRelay.Engine.Interop.Linux;

/// <summary>struct mmsghdr: one message of many, and its length after the call. 64 bytes on 64-bit systems.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MessageVector
{
    /// <summary>struct msghdr of the kernel (user_msghdr).</summary>
    public MessageHeader Header;

    /// <summary>Bytes received or sent.</summary>
    public uint Length;

    private readonly uint _padding;
}
