using FastRelay.Load.Processes;
using FastRelay.Load.Reports;
using FastRelay.Load.Swarm;

namespace FastRelay.Load.Versus;

/// <summary>One run of <c>versus</c>: half of the peer's time before our heartbeats and half after, so that a machine that changes meanwhile blurs the ratio less.</summary>
/// <param name="peer">The peer.</param>
/// <param name="devices">Source addresses.</param>
/// <param name="during">How long to measure each of the two.</param>
/// <param name="window">Requests under way at once.</param>
internal sealed class VersusRun(Peer peer, int devices, TimeSpan during, int window)
{
    /// <summary>Runs it.</summary>
    /// <exception cref="LoadException">The peer isn't installed (exit code 2), or doesn't start.</exception>
    public async Task<VersusReport> RunAsync(ProgressDisplay display, CancellationToken cancellation)
    {
        string executable = peer.Find() ?? throw new LoadException(
            $"{peer.Name} isn't installed: there is no {peer.Program} on the search path or in the usual places. On Debian: apt-get install --no-install-recommends {peer.Name}.")
        { ExitCode = 2 };
        if (ProcessorCores.CanPin) await ProcessorCores.LeaveMeasuredAsync(cancellation);
        await using var server = await ServerProcess.StartAsync(new ServerSettings { Devices = devices }, cancellation);
        using var swarm = new DeviceSwarm(server.EndPoint, devices);
        using (var registrar = new SwarmRegistrar(server))
            await registrar.RegisterAsync(swarm, 0, devices, display.Phase($"register {devices} devices"), cancellation);
        await using var process = await PeerProcess.StartAsync(peer, executable, cancellation);

        var clients = new SwarmDevice[devices];
        var before = await TheirsAsync(process, clients, display.Phase($"{peer.Name}, before"), cancellation);
        var ours = await OursAsync(server, swarm, display.Phase("heartbeats"), cancellation);
        var after = await TheirsAsync(process, clients, display.Phase($"{peer.Name}, after"), cancellation);
        return new VersusReport
        {
            Peer = peer.Name,
            Request = peer.Request,
            Devices = devices,
            Window = window,
            Pinned = ProcessorCores.CanPin,
            Theirs = [before, after],
            Ours = ours,
            Target = peer.Target,
        };
    }

    private Task<LoopMeasurement> TheirsAsync(PeerProcess process, SwarmDevice[] clients, Action<double> progress, CancellationToken cancellation) =>
        peer.MeasureAsync(new PeerLoad(process, clients, window, during / 2, progress), cancellation);

    private Task<LoopMeasurement> OursAsync(ServerProcess server, DeviceSwarm swarm, Action<double> progress, CancellationToken cancellation)
    {
        var order = new SwarmOrder(0, devices);
        var traffic = new HeartbeatTraffic(swarm.Aead, ackEvery: 1);
        return LoopMeasurement.TakeAsync(
            () => new ClosedLoop<HeartbeatTraffic>(swarm.Sockets, swarm.Devices, order, traffic, window), during, () => server.ProcessorTime, progress, cancellation);
    }
}
