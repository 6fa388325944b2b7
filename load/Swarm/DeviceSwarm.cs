using System.Net;
using FastRelay.Protocol.Wire;

namespace FastRelay.Load.Swarm;

/// <summary>
/// Real sessions by the million: each device has its own key, its own counter and its own source address and port. All of it is one thread's
/// at a time.
/// </summary>
internal sealed class DeviceSwarm : IDisposable
{
    /// <summary>Makes a swarm without sessions.</summary>
    /// <param name="server">Where its devices send to.</param>
    /// <param name="count">Devices.</param>
    public DeviceSwarm(IPEndPoint server, int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, SwarmSockets.MostDevices);
        Sockets = new SwarmSockets(server);
        Devices = new SwarmDevice[count];
    }

    /// <summary>Its sockets.</summary>
    public SwarmSockets Sockets { get; }

    /// <summary>Its devices; a device's place here says its address.</summary>
    public SwarmDevice[] Devices { get; }

    /// <summary>What it seals and checks with.</summary>
    public IPacketAead Aead { get; } = SwarmAead.Create();

    /// <inheritdoc/>
    public void Dispose()
    {
        Aead.Dispose();
        Sockets.Dispose();
    }
}
