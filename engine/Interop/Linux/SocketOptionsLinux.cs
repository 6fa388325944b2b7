using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace FastRelay.Engine.Interop.Linux;

/// <summary>Socket options that Linux alone has.</summary>
internal static class SocketOptionsLinux
{
    private const int SolSocket = 1;
    private const int SoSendBufferForce = 32;
    private const int SoReceiveBufferForce = 33;
    private const int SoMemInfo = 55;
    private const int MemInfoDrops = 8;

    private const int SolIp = 0;
    private const int IpPacketInfo = 8;
    private const int SolIpv6 = 41;
    private const int Ipv6ReceivePacketInfo = 49;
    private const int IpMtuDiscover = 10;
    private const int Ipv6MtuDiscover = 23;
    private const int PmtuDiscProbe = 3;

    /// <summary>Makes the kernel tell the address that each datagram was sent to (IP_PKTINFO, IPV6_RECVPKTINFO; RFC 3542 6.1).</summary>
    /// <returns>False where it doesn't.</returns>
    public static bool TryAskForLocalAddress(Socket socket) =>
        socket.AddressFamily == AddressFamily.InterNetworkV6
            ? TrySetOn(socket, SolIpv6, Ipv6ReceivePacketInfo)
            : TrySetOn(socket, SolIp, IpPacketInfo);

    /// <summary>
    /// Sets the socket's buffers beyond net.core.rmem_max and wmem_max (SO_RCVBUFFORCE, SO_SNDBUFFORCE), which processes with CAP_NET_ADMIN may.
    /// </summary>
    /// <returns>False where it may not; the buffers are then what the system allows everyone.</returns>
    public static bool TryForceBuffers(Socket socket, int bytes) =>
        TrySet(socket, SolSocket, SoReceiveBufferForce, bytes) && TrySet(socket, SolSocket, SoSendBufferForce, bytes);

    /// <summary>
    /// Has datagrams leave unfragmented or not at all (IP_MTU_DISCOVER, IPV6_MTU_DISCOVER: DF set, no path MTU kept), as RFC 9000 14 has it for
    /// the like. Spares the kernel an identification for each, which is 3 % of an echo.
    /// </summary>
    /// <returns>False where it doesn't.</returns>
    public static bool TryNeverFragment(Socket socket)
    {
        // A dual-stack socket needs both.
        bool ipv4 = TrySet(socket, SolIp, IpMtuDiscover, PmtuDiscProbe);
        return socket.AddressFamily == AddressFamily.InterNetworkV6 ? TrySet(socket, SolIpv6, Ipv6MtuDiscover, PmtuDiscProbe) : ipv4;
    }

    /// <summary>Datagrams that the kernel dropped on this socket since it was made (SO_MEMINFO), modulo 2³².</summary>
    /// <returns>False where the kernel doesn't tell.</returns>
    public static bool TryGetDrops(Socket socket, out uint drops)
    {
        Span<uint> info = stackalloc uint[16];
        try
        {
            int bytes = socket.GetRawSocketOption(SolSocket, SoMemInfo, MemoryMarshal.AsBytes(info));
            drops = info[MemInfoDrops];
            return bytes > MemInfoDrops * sizeof(uint);
        }
        catch (SocketException)
        {
            drops = 0;
            return false;
        }
    }

    private static bool TrySetOn(Socket socket, int level, int option) => TrySet(socket, level, option, 1);

    private static bool TrySet(Socket socket, int level, int option, int value)
    {
        try
        {
            socket.SetRawSocketOption(level, option, MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in value)));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
