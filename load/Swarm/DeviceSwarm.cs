using System.Net;
using FastRelay.Load.Processes;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Crypto;

namespace FastRelay.Load.Swarm;

/// <summary>
/// Real sessions by the million: each device has its own key, its own counter and its own source address and port. All of it is one thread's
/// at a time.
/// </summary>
internal sealed class DeviceSwarm : IDisposable
{
    /// <summary>Up to so many come in by handshakes, unless it is asked otherwise: that takes a second.</summary>
    private const int FewDevices = 300;

    /// <summary>Devices on their way in at once.</summary>
    private const int EntryWindow = 256;

    private ServerKeys? _keys;

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

    /// <summary>What it derives keys with, the fastest that this system has; null for the platform.</summary>
    public IConnectionCrypto? Crypto { get; } = LibCryptoConnectionCrypto.WhyUnsupported is null ? new LibCryptoConnectionCrypto() : null;

    /// <summary>Its devices' tickets, once they have come in by RESUME.</summary>
    public SwarmTickets? Tickets { get; private set; }

    /// <summary>Has devices come in, and waits until each of them has had its first ACK.</summary>
    /// <param name="server">The server.</param>
    /// <param name="entry">How.</param>
    /// <param name="first">The first of them.</param>
    /// <param name="count">How many.</param>
    /// <param name="progress">Is told the share that is in.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task JoinAsync(ServerProcess server, SwarmEntry entry, int first, int count, Action<double> progress, CancellationToken cancellation)
    {
        if (entry == SwarmEntry.Handshake || (entry == SwarmEntry.Auto && Devices.Length <= FewDevices))
        {
            using var registrar = new SwarmRegistrar(server);
            await registrar.RegisterAsync(this, first, count, progress, cancellation);
            await OwnThread.RunAsync(() => HearFromAll(first, count, cancellation));
            return;
        }
        _keys ??= ServerKeys.Read(server.DataDirectory, Aead);
        Tickets ??= new SwarmTickets(this, _keys.Tickets, DateTimeOffset.UtcNow, TimeSpan.FromDays(1));
        await OwnThread.RunAsync(() => ComeBack(first, count, EntryWindow, TimeSpan.FromSeconds(1), 0, new ReturnCounts(), progress, cancellation));
    }

    /// <summary>Has devices come back by RESUME as fast as the server takes them; returns when all are bound.</summary>
    /// <param name="first">The first of them.</param>
    /// <param name="count">How many.</param>
    /// <param name="window">Devices on their way at once.</param>
    /// <param name="patience">When a datagram is sent again.</param>
    /// <param name="since">What <see cref="ReturnCounts.BoundAfter"/> counts from, in ticks of the stopwatch.</param>
    /// <param name="counts">Takes what comes of it.</param>
    /// <param name="progress">Is told the share that is in.</param>
    /// <param name="cancellation">Gives up.</param>
    public void ComeBack(
        int first, int count, int window, TimeSpan patience, long since, ReturnCounts counts, Action<double> progress, CancellationToken cancellation)
    {
        if (Tickets is null) throw new InvalidOperationException("Devices that came in by handshakes keep no tickets.");
        for (int i = first; i < first + count; i++) ReturnTraffic.Begin(ref Devices[i]);
        var loop = new ClosedLoop<ReturnTraffic>(
            Sockets, Devices, new SwarmOrder(first, count), new ReturnTraffic(Tickets, Aead, counts, since), window)
        { Patience = patience };
        loop.RunOnce(progress, cancellation);
        cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>A loop in which its first devices heartbeat as real ones do.</summary>
    /// <param name="devices">How many.</param>
    /// <param name="interval">The heartbeat interval.</param>
    /// <param name="ackEvery">Every how many heartbeats a device asks for an ACK.</param>
    public PacedLoop Paced(int devices, TimeSpan interval, int ackEvery) => new(
        this, new PacedLoopOptions { Devices = devices, Interval = interval, AckEvery = ackEvery, Tickets = Tickets, NodeKeys = _keys?.Node });

    /// <inheritdoc/>
    public void Dispose()
    {
        _keys?.Dispose();
        (Crypto as IDisposable)?.Dispose();
        Aead.Dispose();
        Sockets.Dispose();
    }

    /// <summary>The first heartbeats, and the echoes of the challenges that answer them (SPEC 7.6).</summary>
    private void HearFromAll(int first, int count, CancellationToken cancellation)
    {
        for (int round = 0; round < 2; round++)
        {
            new ClosedLoop<HeartbeatTraffic>(Sockets, Devices, new SwarmOrder(first, count), new HeartbeatTraffic(Aead, ackEvery: 1), Math.Min(count, EntryWindow))
                .RunOnce(_ => { }, cancellation);
        }
    }
}
