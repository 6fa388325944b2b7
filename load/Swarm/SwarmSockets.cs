using System.Net;
using FastRelay.Engine.Datagrams.Epoll;
using FastRelay.Engine.Interop.Linux;

namespace FastRelay.Load.Swarm;

/// <summary>
/// The sockets of a swarm, a few with a port each, and the source addresses of its devices: device i has the port of socket i modulo their
/// number and the address 127.1.0.0 + i divided by it, so no two have the same. Owned by one thread.
/// </summary>
internal sealed class SwarmSockets : IDisposable
{
    /// <summary>Most devices: their addresses end before 127.255.0.0.</summary>
    public const int MostDevices = 4 * (254 << 16);

    private const uint FirstAddress = 0x7F01_0000;
    private const int Batch = 256;
    private const int KernelBufferBytes = 4 << 20;
    private readonly AliasSocket[] _sockets;

    /// <summary>Opens them.</summary>
    /// <param name="target">Where all datagrams go; IPv4.</param>
    /// <param name="maxDatagram">Bytes of the longest datagram, either way. 256: RESUME.</param>
    /// <param name="count">Ports.</param>
    public SwarmSockets(IPEndPoint target, int maxDatagram = 256, int count = 4)
    {
        try
        {
            _sockets = [.. Enumerable.Range(0, count).Select(_ => new AliasSocket(target, Batch, maxDatagram, KernelBufferBytes))];
        }
        catch (PlatformNotSupportedException e)
        {
            throw new LoadException($"A swarm needs Linux with recvmmsg and sendmmsg: {e.Message}", e);
        }
    }

    /// <summary>How many.</summary>
    public int Count => _sockets.Length;

    /// <summary>Datagrams that the kernel didn't take from the swarm.</summary>
    public long Refused => _sockets.Sum(s => s.Refused);

    /// <summary>Datagrams that the kernel dropped before the swarm took them.</summary>
    public long Drops => _sockets.Sum(s => (long)s.Drops);

    /// <summary>A socket's port.</summary>
    public int PortOf(int socket) => _sockets[socket].Port;

    /// <summary>Receives what has come to a socket, some of it if there is much.</summary>
    /// <returns>How many datagrams; they are good until the next call for this socket.</returns>
    public int Receive(int socket) => _sockets[socket].Receive();

    /// <summary>A datagram that came.</summary>
    /// <param name="socket">The socket received from.</param>
    /// <param name="at">0 to what was received.</param>
    /// <param name="device">The device that it was sent to; nonsense, but never below 0, when it was sent to none.</param>
    public ReadOnlySpan<byte> Received(int socket, int at, out int device)
    {
        device = DeviceOf(socket, _sockets[socket].SentTo(at));
        return _sockets[socket].Payload(at);
    }

    /// <summary>A device's address, in host order.</summary>
    public uint AddressOf(int device) => FirstAddress + (uint)(device / _sockets.Length);

    /// <summary>A device's address, as its TCP connection needs it.</summary>
    public IPAddress IPAddressOf(int device)
    {
        uint address = AddressOf(device);
        return new IPAddress([(byte)(address >> 24), (byte)(address >> 16), (byte)(address >> 8), (byte)address]);
    }

    /// <summary>The device to which a datagram was sent.</summary>
    /// <param name="socket">The socket that it came to.</param>
    /// <param name="sentTo">The address that it was sent to.</param>
    /// <returns>The device; nonsense, but never below 0, when it was sent to no device.</returns>
    public int DeviceOf(int socket, uint sentTo) => (int)((((sentTo - FirstAddress) * (uint)_sockets.Length) + (uint)socket) & int.MaxValue);

    /// <summary>Room for a datagram of a device, to be ended with <see cref="Commit"/>. Sends what waits when there is none.</summary>
    public Span<byte> Next(int device)
    {
        var socket = _sockets[device % _sockets.Length];
        if (socket.Room == 0) socket.Send();
        return socket.Next(AddressOf(device));
    }

    /// <summary>What was written for a device waits to leave.</summary>
    public void Commit(int device, int length) => _sockets[device % _sockets.Length].Commit(length);

    /// <summary>Has a set of descriptors wait for all sockets.</summary>
    internal void AddTo(EpollSet set)
    {
        foreach (var socket in _sockets) set.Add(socket.Descriptor);
    }

    /// <summary>Sends what waits.</summary>
    public void Send()
    {
        foreach (var socket in _sockets) socket.Send();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var socket in _sockets) socket.Dispose();
    }
}
