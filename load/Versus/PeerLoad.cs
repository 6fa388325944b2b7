using FastRelay.Load.Swarm;

namespace FastRelay.Load.Versus;

/// <summary>One measurement of a peer.</summary>
/// <param name="Process">The peer, running.</param>
/// <param name="Devices">Its clients, each with a source address; the same for all measurements, since a peer remembers what they said.</param>
/// <param name="Window">Requests under way at once.</param>
/// <param name="During">How long.</param>
/// <param name="Progress">Is told the share of the time that has passed.</param>
internal sealed record PeerLoad(PeerProcess Process, SwarmDevice[] Devices, int Window, TimeSpan During, Action<double> Progress)
{
    /// <summary>Measures the peer with the same generator as heartbeats.</summary>
    public async Task<LoopMeasurement> TakeAsync<TTraffic>(TTraffic traffic, int maxDatagram, CancellationToken cancellation)
        where TTraffic : struct, ITraffic
    {
        using var sockets = new SwarmSockets(Process.EndPoint, maxDatagram);
        var order = new SwarmOrder(0, Devices.Length);
        var measured = await LoopMeasurement.TakeAsync(
            () => new ClosedLoop<TTraffic>(sockets, Devices, order, traffic, Window), During, () => Process.ProcessorTime, Progress, cancellation);
        return measured.Counts.Replied > 0 ? measured : throw new LoadException("The peer has answered nothing.");
    }
}
