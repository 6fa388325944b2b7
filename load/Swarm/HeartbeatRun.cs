using System.Diagnostics;
using FastRelay.Load.Measurement;
using FastRelay.Load.Processes;
using FastRelay.Load.Reports;

namespace FastRelay.Load.Swarm;

/// <summary>
/// One run of <c>heartbeats</c>, from the empty server to the report. The echo is measured half before and half after, so that a machine that
/// gets slower meanwhile blurs the ratio less.
/// </summary>
internal sealed class HeartbeatRun(HeartbeatSettings settings)
{
    /// <summary>Devices that come in before the memory is measured, so that what the server makes once isn't counted to the devices.</summary>
    private const int FirstDevices = 256;

    private static readonly TimeSpan MostPacedWarmUp = TimeSpan.FromSeconds(3);
    private readonly int _devices = settings.Devices;

    /// <summary>Runs it.</summary>
    public async Task<HeartbeatReport> RunAsync(ProgressDisplay display, CancellationToken cancellation)
    {
        if (ProcessorCores.CanPin) await ProcessorCores.LeaveMeasuredAsync(cancellation);
        using var program = await EchoProgram.CompileAsync(cancellation);
        var echo = new EchoRun(program, _devices, settings.Window);
        await using var server = await ServerProcess.StartAsync(ServerSettings(), cancellation);
        using var swarm = new DeviceSwarm(server.EndPoint, _devices + FirstDevices);
        long residentBytes = await JoinAsync(server, swarm, display, cancellation);

        await echo.RunAsync(settings.During / 2, display.Phase("echo, before"), cancellation);
        var measured = await HeartbeatsAsync(server, swarm, display.Phase("heartbeats"), cancellation);
        await echo.RunAsync(settings.During / 2, display.Phase("echo, after"), cancellation);

        double perCpuSecond = measured.Heartbeats / measured.Usage.ProcessorTime.TotalSeconds;
        return new HeartbeatReport
        {
            Devices = _devices,
            AckEvery = settings.AckEvery,
            Window = settings.Window,
            Interval = settings.Interval,
            Pinned = ProcessorCores.CanPin,
            Seconds = measured.Elapsed.TotalSeconds,
            Sent = measured.Counts.Sent,
            Acked = measured.Counts.Replied,
            Lost = measured.Counts.Sent - measured.Heartbeats + measured.Usage.Acks - measured.Counts.Replied,
            KernelDrops = measured.KernelDrops,
            Late = measured.Counts.Missing,
            HeartbeatsPerSecond = measured.Heartbeats / measured.Elapsed.TotalSeconds,
            ServerCpuSeconds = measured.Usage.ProcessorTime.TotalSeconds,
            HeartbeatsPerCpuSecond = perCpuSecond,
            EchoKind = echo.Kind,
            EchoPerCpuSecond = echo.PerCpuSecond,
            EchoBusy = echo.Busy,
            Ratio = perCpuSecond / echo.PerCpuSecond,
            ResidentBytesPerDevice = (double)residentBytes / _devices,
            AllocatedBytesPerHeartbeat = (double)measured.Usage.AllocatedBytes / measured.Heartbeats,
            Gen0Collections = measured.Usage.Gen0,
            Gen1Collections = measured.Usage.Gen1,
            Gen2Collections = measured.Usage.Gen2,
            AckTimes = measured.Counts.ReplyTimes,
            Rate = measured.Rate,
        };
    }

    private ServerSettings ServerSettings() => new()
    {
        Devices = _devices + FirstDevices,
        AckEvery = settings.AckEvery,
        Interval = Processes.ServerSettings.IntervalFor(settings.Interval),
    };

    private async Task<long> JoinAsync(ServerProcess server, DeviceSwarm swarm, ProgressDisplay display, CancellationToken cancellation)
    {
        await swarm.JoinAsync(server, settings.Entry, _devices, FirstDevices, display.Phase("the first devices"), cancellation);
        long empty = await server.CollectAsync(cancellation);
        await swarm.JoinAsync(server, settings.Entry, 0, _devices, display.Phase($"{_devices} devices"), cancellation);
        return await server.CollectAsync(cancellation) - empty;
    }

    private async Task<Measured> HeartbeatsAsync(ServerProcess server, DeviceSwarm swarm, Action<double> progress, CancellationToken cancellation)
    {
        if (settings.Interval is { } interval)
        {
            using (var warmUp = swarm.Paced(_devices, interval, settings.AckEvery))
                await OwnThread.RunAsync(() => Run(warmUp, settings.During < MostPacedWarmUp ? settings.During : MostPacedWarmUp, _ => { }, cancellation));
            using var loop = swarm.Paced(_devices, interval, settings.AckEvery);
            return await MeasureAsync(server, loop.Counts, () => Run(loop, settings.During, progress, cancellation), cancellation);
        }
        var order = new SwarmOrder(0, _devices);
        var traffic = new HeartbeatTraffic(swarm.Aead, settings.AckEvery);
        ClosedLoop<HeartbeatTraffic> Loop() => new(swarm.Sockets, swarm.Devices, order, traffic, settings.Window);
        await OwnThread.RunAsync(() => Loop().WarmUp(2 * settings.During, cancellation));
        var closed = Loop();
        return await MeasureAsync(
            server, closed.Counts, () =>
            {
                var elapsed = closed.Run(settings.During, progress, cancellation);
                closed.Settle();
                return elapsed;
            },
            cancellation);
    }

    private static TimeSpan Run(PacedLoop loop, TimeSpan during, Action<double> progress, CancellationToken cancellation)
    {
        long started = Stopwatch.GetTimestamp();
        loop.Run(() =>
        {
            var elapsed = Stopwatch.GetElapsedTime(started);
            progress(Math.Min(1, elapsed / during));
            return elapsed < during && !cancellation.IsCancellationRequested;
        });
        var all = Stopwatch.GetElapsedTime(started);
        loop.Settle();
        return all;
    }

    private static async Task<Measured> MeasureAsync(ServerProcess server, SwarmCounts counts, Func<TimeSpan> run, CancellationToken cancellation)
    {
        int port = server.EndPoint.Port;
        await UdpSockets.DrainedAsync(port, cancellation);
        long dropsBefore = UdpSockets.OfPort(port)?.Drops ?? 0;
        var before = await server.UsageAsync(cancellation);
        await using var sampler = RateSampler.Start(() => counts.Sent);
        var elapsed = await OwnThread.RunAsync(run);
        // Heartbeats that want no ACK may still wait in its socket when the last ACK has come.
        await UdpSockets.DrainedAsync(port, cancellation);
        var after = await server.UsageAsync(cancellation);
        long? drops = UdpSockets.OfPort(port)?.Drops - dropsBefore;
        return new Measured(counts, elapsed, after.Since(before), drops, sampler.Series("heartbeats", "Heartbeats sent", "per second"));
    }

    private sealed record Measured(SwarmCounts Counts, TimeSpan Elapsed, ServerUsed Usage, long? KernelDrops, RateSeries Rate)
    {
        public long Heartbeats => Usage.Heartbeats;
    }
}
