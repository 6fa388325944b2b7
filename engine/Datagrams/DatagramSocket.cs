using System.Net;
using System.Net.Sockets;
using FastRelay.Engine.Interop;
using FastRelay.Engine.Interop.Linux;
using Microsoft.Extensions.Logging;

namespace FastRelay.Engine.Datagrams;

/// <summary>Makes the socket of a loop, the same for every backend.</summary>
internal static class DatagramSocket
{
    /// <exception cref="ArgumentException">Steering without a shared port.</exception>
    public static Socket Bind(DatagramLoopOptions options, ILogger logger)
    {
        if (options is { Steering: not null, ShareLocalPort: false })
            throw new ArgumentException($"{nameof(options.Steering)} chooses among loops that share a port: {nameof(options.ShareLocalPort)} must be set.", nameof(options));
        var endPoint = options.BindEndPoint;
        var socket = new Socket(endPoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            if (endPoint.AddressFamily == AddressFamily.InterNetworkV6)
                socket.DualMode = options.DualStack && endPoint.Address.Equals(IPAddress.IPv6Any);
            socket.ReceiveBufferSize = options.KernelBufferBytes;
            socket.SendBufferSize = options.KernelBufferBytes;
            SocketOptions.IgnoreUdpPortUnreachable(socket);
            if (OperatingSystem.IsLinux())
            {
                // Where it isn't to be had, the kernel fragments what a path can't carry: nothing of this size on any link of today.
                SocketOptionsLinux.TryNeverFragment(socket);
                SocketOptionsLinux.TryForceBuffers(socket, options.KernelBufferBytes);
            }
            if (options.ShareLocalPort) SocketOptions.ShareLocalPort(socket);
            socket.Bind(endPoint);
            if (options.Steering is { } steering) Steer(socket, steering, logger);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static void Steer(Socket socket, DatagramSteering steering, ILogger logger)
    {
        if (PortSteering.WhyUnsupported is { } reason)
        {
            DatagramLog.NoSteering(logger, reason);
            return;
        }
        PortSteering.Attach(socket, steering.Offset, steering.Shards);
    }
}
