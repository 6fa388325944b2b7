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
    private static readonly TimeSpan QuietFor = TimeSpan.FromMilliseconds(100);

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

        using var loop = swarm.Paced(settings.Devices, settings.Interval, ackEvery: 1);
        var progress = display.Phase("forged datagrams");
        var before = await QuietAsync(server, cancellation);
        long dropsBefore = KernelDrops.OfPort(server.EndPoint.Port) ?? 0;
        long sentBefore = flood.Sent;
        var elapsed = await OwnThread.RunAsync(() => Flood(loop, flood, settings.During, progress, cancellation));
        var used = (await QuietAsync(server, cancellation)).Since(before);
        return new ForgedReport
        {
            Settings = settings,
            Pinned = ProcessorCores.CanPin,
            Elapsed = elapsed,
            ForgedSent = flood.Sent - sentBefore,
            KernelDrops = KernelDrops.OfPort(server.EndPoint.Port) - dropsBefore,
            Devices = loop.Counts,
            Server = used,
        };
    }

    /// <summary>What the server has used once it has worked off what waited in its socket.</summary>
    private static async Task<ServerUsage> QuietAsync(ServerProcess server, CancellationToken cancellation)
    {
        var usage = await server.UsageAsync(cancellation);
        while (true)
        {
            await Task.Delay(QuietFor, cancellation);
            var later = await server.UsageAsync(cancellation);
            if (later.Snapshot.Rejected == usage.Snapshot.Rejected) return later;
            usage = later;
        }
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
