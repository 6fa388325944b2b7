using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace FastRelay.Engine.Interop;

/// <summary>The socket options whose numbers differ from platform to platform, in one place.</summary>
internal static class SocketOptions
{
    // Linux (asm-generic/socket.h)
    private const int LinuxSolSocket = 1;
    private const int LinuxReuseAddress = 2;
    private const int LinuxReusePort = 15;

    // macOS and the BSDs (sys/socket.h)
    private const int BsdSolSocket = 0xFFFF;
    private const int BsdReuseAddress = 0x0004;
    private const int BsdReusePort = 0x0200;

    // Windows (mstcpip.h): SIO_UDP_CONNRESET, _WSAIOW(IOC_VENDOR, 12)
    private const int SioUdpConnReset = unchecked((int)0x9800000C);

    /// <summary>
    /// Lets several sockets of this user bind one address and port; to be called on each of them before it binds.
    /// On Windows SO_REUSEADDR alone means that, and exclusive use must be off.
    /// </summary>
    public static void ShareLocalPort(Socket socket)
    {
        if (OperatingSystem.IsWindows())
        {
            socket.ExclusiveAddressUse = false;
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            return;
        }
        bool linux = OperatingSystem.IsLinux() || OperatingSystem.IsAndroid();
        int level = linux ? LinuxSolSocket : BsdSolSocket;
        SetOn(socket, level, linux ? LinuxReuseAddress : BsdReuseAddress);
        SetOn(socket, level, linux ? LinuxReusePort : BsdReusePort);
    }

    /// <summary>
    /// Stops Windows from reporting an ICMP port-unreachable, which answers an earlier send, as an error of a later receive.
    /// Elsewhere an unconnected UDP socket doesn't report it in the first place.
    /// </summary>
    public static void IgnoreUdpPortUnreachable(Socket socket)
    {
        if (OperatingSystem.IsWindows()) socket.IOControl(SioUdpConnReset, [0, 0, 0, 0], null);
    }

    private static void SetOn(Socket socket, int level, int option)
    {
        int on = 1;
        socket.SetRawSocketOption(level, option, MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in on)));
    }
}
