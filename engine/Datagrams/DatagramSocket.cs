using System.Net;
using System.Net.Sockets;
using FastRelay.Engine.Interop;

namespace FastRelay.Engine.Datagrams;

/// <summary>Makes the socket of a loop, the same for every backend.</summary>
internal static class DatagramSocket
{
    public static Socket Bind(DatagramLoopOptions options)
    {
        var endPoint = options.BindEndPoint;
        var socket = new Socket(endPoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            if (endPoint.AddressFamily == AddressFamily.InterNetworkV6)
                socket.DualMode = options.DualStack && endPoint.Address.Equals(IPAddress.IPv6Any);
            socket.ReceiveBufferSize = options.KernelBufferBytes;
            socket.SendBufferSize = options.KernelBufferBytes;
            SocketOptions.IgnoreUdpPortUnreachable(socket);
            if (options.ShareLocalPort) SocketOptions.ShareLocalPort(socket);
            socket.Bind(endPoint);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
