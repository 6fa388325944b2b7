using System.Diagnostics;
using FastRelay.Load.Measurement;
using FastRelay.Load.Processes;
using FastRelay.Load.Reports;
using FastRelay.Load.Swarm;

namespace FastRelay.Load.Storm;

/// <summary>
/// One run of <c>resume-storm</c>: devices heartbeat, the server is killed (SIGKILL) and started again, and they come back by RESUME: each
/// when it finds out, by a RESET or by ACKs that don't come, after the waits of SPEC 7.4, 7.5 and 7.9; or all at once.
/// </summary>
internal sealed class StormRun(StormSettings settings)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(20);
    private static readonly TimeSpan ResumePatience = TimeSpan.FromSeconds(1);

    /// <summary>Runs it.</summary>
    public async Task<StormReport> RunAsync(ProgressDisplay display, CancellationToken cancellation)
    {
        if (ProcessorCores.CanPin) await ProcessorCores.LeaveMeasuredAsync(cancellation);
        await using var server = await ServerProcess.StartAsync(
            new ServerSettings { Devices = settings.Devices, Interval = ServerSettings.IntervalFor(settings.Interval) }, cancellation);
        using var swarm = new DeviceSwarm(server.EndPoint, settings.Devices);
        await swarm.JoinAsync(server, SwarmEntry.Resume, 0, settings.Devices, display.Phase($"{settings.Devices} devices"), cancellation);
        // For the return at once it is gone: it waits for its sockets' datagrams, and the kernel wakes who waits at the server's expense.
        using var loop = swarm.Paced(settings.Devices, settings.Interval, ackEvery: 1);
        var before = display.Phase("heartbeats");
        await OwnThread.RunAsync(() => loop.Run(GoesOnFor(settings.Before, before, cancellation)));
        long missingBefore = loop.Counts.Missing;
        if (settings.AtOnce) loop.Dispose();
        var storm = settings.AtOnce
            ? await AtOnceAsync(server, swarm, display, cancellation)
            : await AsTheyFindOutAsync(server, loop, display, cancellation);
        return new StormReport
        {
            Settings = settings,
            Pinned = ProcessorCores.CanPin,
            LateBefore = missingBefore,
            RestartSeconds = storm.Restart.TotalSeconds,
            Returns = storm.Returns,
            Elapsed = storm.Elapsed,
            Server = storm.Used,
            Rate = storm.Rate,
        };
    }

    private async Task<Storm> AtOnceAsync(ServerProcess server, DeviceSwarm swarm, ProgressDisplay display, CancellationToken cancellation)
    {
        long killed = Stopwatch.GetTimestamp();
        await server.KillAsync(cancellation);
        await server.RestartAsync(cancellation);
        var restart = Stopwatch.GetElapsedTime(killed);
        var ready = await server.UsageAsync(cancellation);
        long started = Stopwatch.GetTimestamp();
        var progress = display.Phase("back");
        var counts = new ReturnCounts();
        await using var sampler = RateSampler.Start(() => counts.Bound);
        await OwnThread.RunAsync(() => swarm.ComeBack(0, settings.Devices, settings.Window, ResumePatience, killed, counts, progress, cancellation));
        var elapsed = Stopwatch.GetElapsedTime(started);
        var used = (await server.UsageAsync(cancellation)).Since(ready);
        return new Storm(restart, elapsed, counts, used, Rate(sampler));
    }

    private async Task<Storm> AsTheyFindOutAsync(ServerProcess server, PacedLoop loop, ProgressDisplay display, CancellationToken cancellation)
    {
        var progress = display.Phase("back");
        using var all = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        long killed = Stopwatch.GetTimestamp();
        loop.ReturnsSince = killed;
        await server.KillAsync(cancellation);
        // They go on without a pause: the swarm knows nothing of what happened.
        var swarming = OwnThread.RunAsync(() => loop.Run(() =>
        {
            progress(Math.Min(1, (double)loop.Returns.Bound / settings.Devices));
            return loop.Returns.Bound < settings.Devices && Stopwatch.GetElapsedTime(killed) < Patience && !all.IsCancellationRequested;
        }));
        await using var sampler = RateSampler.Start(() => loop.Returns.Bound);
        try
        {
            await server.RestartAsync(cancellation);
            var restart = Stopwatch.GetElapsedTime(killed);
            var ready = await server.UsageAsync(cancellation);
            long started = Stopwatch.GetTimestamp();
            await swarming;
            var elapsed = Stopwatch.GetElapsedTime(started);
            var used = (await server.UsageAsync(cancellation)).Since(ready);
            return new Storm(restart, elapsed, loop.Returns, used, Rate(sampler));
        }
        finally
        {
            await all.CancelAsync();
            await swarming;
        }
    }

    private static Func<bool> GoesOnFor(TimeSpan time, Action<double> progress, CancellationToken cancellation)
    {
        long started = Stopwatch.GetTimestamp();
        return () =>
        {
            double share = Stopwatch.GetElapsedTime(started) / time;
            progress(Math.Min(1, share));
            return share < 1 && !cancellation.IsCancellationRequested;
        };
    }

    private static RateSeries Rate(RateSampler sampler) => sampler.Series("bound", "Devices bound again", "per second");

    private sealed record Storm(TimeSpan Restart, TimeSpan Elapsed, ReturnCounts Returns, ServerUsed Used, RateSeries Rate);
}
