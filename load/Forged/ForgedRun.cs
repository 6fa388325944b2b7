using System.Diagnostics;
using FastRelay.Load.Processes;
using FastRelay.Load.Reports;
using FastRelay.Load.Swarm;

namespace FastRelay.Load.Forged;

/// <summary>
/// One run of <c>forged</c>: real devices keep to their interval, and between their datagrams forged ones go out as fast as the kernel takes
/// them. What the devices lose is set against what the kernel itself dropped on the server's socket: a server that sees through forgeries
/// fast enough loses nothing besides.
/// </summary>
internal sealed class ForgedRun(ForgedSettings settings)
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    /// <summary>Runs it.</summary>
    public async Task<ForgedReport> RunAsync(ProgressDisplay display, CancellationToken cancellation)
    {
        if (ProcessorCores.CanPin) await ProcessorCores.LeaveMeasuredAsync(cancellation);
        await using var server = await ServerProcess.StartAsync(
            new ServerSettings { Devices = settings.Devices, Interval = ServerSettings.IntervalFor(settings.Interval) }, cancellation);
        using var swarm = new DeviceSwarm(server.EndPoint, settings.Devices);
        await swarm.JoinAsync(server, settings.Entry, 0, settings.Devices, display.Phase($"{settings.Devices} devices"), cancellation);
        using var flood = new ForgedFlood(server.EndPoint, swarm.Devices);
        using (var warmUp = swarm.Paced(settings.Devices, settings.Interval, ackEvery: 1))
            await OwnThread.RunAsync(() => Flood(warmUp, flood, WarmUp, _ => { }, cancellation));
        await UdpSockets.DrainedAsync(server.EndPoint.Port, cancellation);

        using var loop = swarm.Paced(settings.Devices, settings.Interval, ackEvery: 1);
        var progress = display.Phase("forged datagrams");
        var before = await server.UsageAsync(cancellation);
        long dropsBefore = UdpSockets.OfPort(server.EndPoint.Port)?.Drops ?? 0;
        long sentBefore = flood.Sent;
        var elapsed = await OwnThread.RunAsync(() => Flood(loop, flood, settings.During, progress, cancellation));
        // What still waits in its socket is its work too.
        await UdpSockets.DrainedAsync(server.EndPoint.Port, cancellation);
        var used = (await server.UsageAsync(cancellation)).Since(before);
        return new ForgedReport
        {
            Settings = settings,
            Pinned = ProcessorCores.CanPin,
            Elapsed = elapsed,
            ForgedSent = flood.Sent - sentBefore,
            KernelDrops = UdpSockets.OfPort(server.EndPoint.Port)?.Drops - dropsBefore,
            Devices = loop.Counts,
            Server = used,
        };
    }

    private static TimeSpan Flood(PacedLoop loop, ForgedFlood flood, TimeSpan during, Action<double> progress, CancellationToken cancellation)
    {
        long started = Stopwatch.GetTimestamp();
        TimeSpan elapsed;
        do
        {
            loop.Step();
            flood.Turn();
            elapsed = Stopwatch.GetElapsedTime(started);
            progress(Math.Min(1, elapsed / during));
        }
        while (elapsed < during && !cancellation.IsCancellationRequested);
        loop.Settle();
        return elapsed;
    }
}
