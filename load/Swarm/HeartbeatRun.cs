using System.Net;
using FastRelay.Load.Commands;
using FastRelay.Load.Measurement;
using FastRelay.Load.Processes;
using FastRelay.Load.Reports;
using FastRelay.Load.Scenarios;

namespace FastRelay.Load.Swarm;

/// <summary>One run of <c>heartbeats</c>, from the empty server to the report.</summary>
/// <param name="devices">How many.</param>
/// <param name="during">How long to measure.</param>
/// <param name="ackEvery">Every how many heartbeats a device asks for an ACK.</param>
/// <param name="window">Heartbeats under way at once.</param>
/// <param name="lanes">Source addresses.</param>
internal sealed class HeartbeatRun(int devices, TimeSpan during, int ackEvery, int window, int lanes)
{
    /// <summary>Devices registered before the memory is measured, so that what the server makes once isn't counted to the devices.</summary>
    private const int FirstDevices = 256;

    private readonly IPAddress[] _sources = [.. Enumerable.Range(1, lanes).Select(i => new IPAddress([127, 1, 0, (byte)i]))];

    /// <summary>Runs it.</summary>
    public async Task<HeartbeatReport> RunAsync(ProgressDisplay display, CancellationToken cancellation)
    {
        if (ProcessorCores.CanPin) await ProcessorCores.LeaveMeasuredAsync(cancellation);
        await using var server = await ServerProcess.StartAsync(devices + FirstDevices, ackEvery, cancellation);
        var (registered, residentBytes) = await RegisterAsync(server, display, cancellation);

        var echoBefore = await EchoAsync(registered, during / 2, display.Phase("echo, before"), cancellation);
        var measured = await HeartbeatsAsync(server, registered, display, cancellation);
        var echoAfter = await EchoAsync(registered, during / 2, display.Phase("echo, after"), cancellation);

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
            HeartbeatsPerCpuSecond = perCpuSecond,
            EchoKind = EchoCommand.Kind,
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

    private async Task<(IReadOnlyList<SimulatedDevice>[] Devices, long ResidentBytes)> RegisterAsync(
        ServerProcess server, ProgressDisplay display, CancellationToken cancellation)
    {
        using var registrar = new SwarmRegistrar(server);
        var progress = display.Phase($"register {devices} devices");
        await registrar.RegisterAsync(FirstDevices, _sources, _ => { }, cancellation);
        long empty = await server.CollectAsync(cancellation);
        var registered = await registrar.RegisterAsync(devices, _sources, done => progress((double)done / devices), cancellation);
        return (registered, await server.CollectAsync(cancellation) - empty);
    }

    private async Task<Measured> HeartbeatsAsync(
        ServerProcess server, IReadOnlyList<SimulatedDevice>[] registered, ProgressDisplay display, CancellationToken cancellation)
    {
        var progress = display.Phase("heartbeats");
        using var swarm = new HeartbeatSwarm(_sources, registered, server.EndPoint, SwarmTarget.Server, ackEvery, window);
        var scenario = swarm.Scenario("heartbeats", during);
        var runner = new ScenarioRunner((_, share) => progress(share));
        // The first heartbeats validate the bindings (SPEC 7.6), and the runtime compiles what it finds to be hot.
        await ScenarioRunner.WarmUpAsync(scenario, cancellation);
        swarm.Begin();
        var before = await server.UsageAsync(cancellation);
        await using var sampler = RateSampler.Start(() => swarm.Counts.Sent);
        var result = await runner.RunAsync(scenario, cancellation);
        swarm.Settle();
        var after = await server.UsageAsync(cancellation);
        progress(1);
        return new Measured(swarm.Counts, result.Elapsed, before, after, sampler.Series("heartbeats", "Heartbeats sent", "per second"));
    }

    private async Task<(long Replied, TimeSpan ProcessorTime)> EchoAsync(
        IReadOnlyList<SimulatedDevice>[] registered, TimeSpan time, Action<double> progress, CancellationToken cancellation)
    {
        await using var echo = await EchoProcess.StartAsync(cancellation);
        using var swarm = new HeartbeatSwarm(_sources, registered, echo.EndPoint, SwarmTarget.Echo, ackEvery: 1, window);
        var scenario = swarm.Scenario("echo", time);
        var runner = new ScenarioRunner((_, share) => progress(share));
        await ScenarioRunner.WarmUpAsync(scenario, cancellation);
        swarm.Begin();
        var before = echo.ProcessorTime;
        await runner.RunAsync(scenario, cancellation);
        swarm.Settle();
        progress(1);
        return (swarm.Counts.Replied, echo.ProcessorTime - before);
    }

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
