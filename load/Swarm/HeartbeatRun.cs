using System.Diagnostics;
using FastRelay.Load.Commands;
using FastRelay.Load.Measurement;
using FastRelay.Load.Processes;
using FastRelay.Load.Reports;

namespace FastRelay.Load.Swarm;

/// <summary>
/// One run of <c>heartbeats</c>, from the empty server to the report. The echo is measured with the same generator and datagrams of the same
/// size, half of it before and half after, so that a machine that gets slower meanwhile blurs the ratio less.
/// </summary>
/// <param name="devices">How many.</param>
/// <param name="during">How long to measure.</param>
/// <param name="ackEvery">Every how many heartbeats a device asks for an ACK.</param>
/// <param name="window">Devices that await an ACK at once.</param>
internal sealed class HeartbeatRun(int devices, TimeSpan during, int ackEvery, int window)
{
    /// <summary>Devices registered before the memory is measured, so that what the server makes once isn't counted to the devices.</summary>
    private const int FirstDevices = 256;

    /// <summary>An echo remembers nobody, so more than these would change nothing.</summary>
    private const int MostEchoDevices = 100_000;

    /// <summary>Replies after which the runtime has compiled what it finds to be hot, on a machine of any speed.</summary>
    private const int WarmUpReplies = 200_000;

    private static readonly TimeSpan WarmUpStep = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan MostWarmUp = TimeSpan.FromSeconds(20);

    /// <summary>Runs it.</summary>
    public async Task<HeartbeatReport> RunAsync(ProgressDisplay display, CancellationToken cancellation)
    {
        if (ProcessorCores.CanPin) await ProcessorCores.LeaveMeasuredAsync(cancellation);
        using var echo = await EchoProgram.CompileAsync(cancellation);
        await using var server = await ServerProcess.StartAsync(devices + FirstDevices, ackEvery, cancellation);
        using var swarm = new DeviceSwarm(server.EndPoint, devices + FirstDevices);
        long residentBytes = await JoinAsync(server, swarm, display, cancellation);

        var echoBefore = await EchoAsync(echo, display.Phase("echo, before"), cancellation);
        var measured = await HeartbeatsAsync(server, swarm, display, cancellation);
        var echoAfter = await EchoAsync(echo, display.Phase("echo, after"), cancellation);

        double echoes = (echoBefore.Replied + echoAfter.Replied) / (echoBefore.ProcessorTime + echoAfter.ProcessorTime).TotalSeconds;
        double perCpuSecond = measured.Heartbeats / measured.ProcessorTime.TotalSeconds;
        return new HeartbeatReport
        {
            Devices = devices,
            AckEvery = ackEvery,
            Window = window,
            Pinned = ProcessorCores.CanPin,
            Seconds = measured.Elapsed.TotalSeconds,
            Sent = measured.Counts.Sent,
            Acked = measured.Counts.Replied,
            Lost = measured.Counts.Sent - measured.Heartbeats + measured.Acks - measured.Counts.Replied,
            HeartbeatsPerSecond = measured.Heartbeats / measured.Elapsed.TotalSeconds,
            ServerCpuSeconds = measured.ProcessorTime.TotalSeconds,
            EchoBusy = (echoBefore.ProcessorTime + echoAfter.ProcessorTime) / during,
            HeartbeatsPerCpuSecond = perCpuSecond,
            EchoKind = echo is null ? EchoCommand.Kind : EchoProcess.KindInC,
            EchoPerCpuSecond = echoes,
            Ratio = perCpuSecond / echoes,
            ResidentBytesPerDevice = (double)residentBytes / devices,
            AllocatedBytesPerHeartbeat = (double)measured.AllocatedBytes / measured.Heartbeats,
            Gen0Collections = measured.Gen0,
            Gen1Collections = measured.Gen1,
            Gen2Collections = measured.Gen2,
            AckTimes = measured.Counts.ReplyTimes,
            Rate = measured.Rate,
        };
    }

    private async Task<long> JoinAsync(ServerProcess server, DeviceSwarm swarm, ProgressDisplay display, CancellationToken cancellation)
    {
        using var registrar = new SwarmRegistrar(server);
        var progress = display.Phase($"register {devices} devices");
        await registrar.RegisterAsync(swarm, devices, FirstDevices, _ => { }, cancellation);
        long empty = await server.CollectAsync(cancellation);
        await registrar.RegisterAsync(swarm, 0, devices, progress, cancellation);
        return await server.CollectAsync(cancellation) - empty;
    }

    private async Task<Measured> HeartbeatsAsync(ServerProcess server, DeviceSwarm swarm, ProgressDisplay display, CancellationToken cancellation)
    {
        var progress = display.Phase("heartbeats");
        var order = new SwarmOrder(0, devices);
        var traffic = new HeartbeatTraffic(swarm.Aead, ackEvery);
        ClosedLoop<HeartbeatTraffic> Loop() => new(swarm.Sockets, swarm.Devices, order, traffic, window);
        // The first heartbeats validate the bindings (SPEC 7.6), and the runtime compiles what it finds to be hot.
        await OnItsOwn(() => WarmUp(Loop(), cancellation));
        var loop = Loop();
        var before = await server.UsageAsync(cancellation);
        await using var sampler = RateSampler.Start(() => loop.Counts.Sent);
        long started = Stopwatch.GetTimestamp();
        await OnItsOwn(() => loop.Run(during, progress, cancellation));
        var elapsed = Stopwatch.GetElapsedTime(started);
        await OnItsOwn(loop.Settle);
        var after = await server.UsageAsync(cancellation);
        return new Measured(loop.Counts, elapsed, before, after, sampler.Series("heartbeats", "Heartbeats sent", "per second"));
    }

    private async Task<(long Replied, TimeSpan ProcessorTime)> EchoAsync(EchoProgram? program, Action<double> progress, CancellationToken cancellation)
    {
        await using var echo = await EchoProcess.StartAsync(program, cancellation);
        int count = Math.Min(devices, MostEchoDevices);
        using var swarm = new DeviceSwarm(echo.EndPoint, count);
        ClosedLoop<EchoTraffic> Loop() => new(swarm.Sockets, swarm.Devices, new SwarmOrder(0, count), default, window);
        await OnItsOwn(() => WarmUp(Loop(), cancellation));
        var loop = Loop();
        var before = echo.ProcessorTime;
        await OnItsOwn(() =>
        {
            loop.Run(during / 2, progress, cancellation);
            loop.Settle();
        });
        var time = echo.ProcessorTime - before;
        return (loop.Counts.Replied, time);
    }

    private static void WarmUp<T>(ClosedLoop<T> loop, CancellationToken cancellation)
        where T : struct, ITraffic
    {
        long started = Stopwatch.GetTimestamp();
        while (loop.Counts.Replied < WarmUpReplies && Stopwatch.GetElapsedTime(started) < MostWarmUp && !cancellation.IsCancellationRequested)
            loop.Run(WarmUpStep, _ => { }, cancellation);
        loop.Settle();
    }

    private static Task OnItsOwn(Action work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private sealed record Measured(SwarmCounts Counts, TimeSpan Elapsed, ServerUsage Before, ServerUsage After, RateSeries Rate)
    {
        public long Heartbeats => After.Snapshot.Heartbeats - Before.Snapshot.Heartbeats;

        public long Acks => After.Snapshot.Acks - Before.Snapshot.Acks;

        public long AllocatedBytes => After.Snapshot.AllocatedBytes - Before.Snapshot.AllocatedBytes;

        public int Gen0 => After.Snapshot.Gen0 - Before.Snapshot.Gen0;

        public int Gen1 => After.Snapshot.Gen1 - Before.Snapshot.Gen1;

        public int Gen2 => After.Snapshot.Gen2 - Before.Snapshot.Gen2;

        public TimeSpan ProcessorTime => After.ProcessorTime - Before.ProcessorTime;
    }
}
