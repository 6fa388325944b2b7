using FastRelay.Load.Processes;
using FastRelay.Load.Reports;
using FastRelay.Load.Scenarios;

namespace FastRelay.Load.Handshakes;

/// <summary>One run of <c>handshakes</c>: a third of the time for each kind.</summary>
/// <param name="during">How long to measure.</param>
/// <param name="copies">Clients at once.</param>
internal sealed class HandshakeRun(TimeSpan during, int copies)
{
    /// <summary>Runs it.</summary>
    public async Task<HandshakeReport> RunAsync(ProgressDisplay display, CancellationToken cancellation)
    {
        if (ProcessorCores.CanPin) await ProcessorCores.LeaveMeasuredAsync(cancellation);
        await using var set = await HandshakeScenarios.StartAsync(during / 3, copies, cancellation);
        var figures = new Dictionary<string, HandshakeFigures>(StringComparer.Ordinal);
        foreach (var scenario in set.Scenarios) figures[scenario.Name] = await MeasureAsync(set.Server, scenario, display, cancellation);
        await using var bare = WorkerProcess.Start("bare");
        return new HandshakeReport
        {
            Copies = copies,
            Pinned = ProcessorCores.CanPin,
            IssuerFull = figures[HandshakeScenarios.IssuerFull],
            IssuerCached = figures[HandshakeScenarios.IssuerCached],
            DeviceFull = figures[HandshakeScenarios.DeviceFull],
            // On the same core, after the server has become idle.
            Bare = await bare.AskAsync("measure", WorkerJson.Default.BareFigures, cancellation),
        };
    }

    private static async Task<HandshakeFigures> MeasureAsync(
        ServerProcess server, Scenario scenario, ProgressDisplay display, CancellationToken cancellation)
    {
        var progress = display.Phase(scenario.Name);
        ServerUsage before = default;
        var result = await new ScenarioRunner((_, share) => progress(share))
            .RunWholeAsync(scenario, async () => before = await server.UsageAsync(cancellation), cancellation);
        var after = await server.UsageAsync(cancellation);
        progress(1);

        long completed = after.Snapshot.Handshakes - before.Snapshot.Handshakes;
        var processorTime = after.ProcessorTime - before.ProcessorTime;
        return new HandshakeFigures
        {
            Completed = completed,
            Failed = result.Total.Failed,
            PerSecond = completed / result.Elapsed.TotalSeconds,
            ServerCpuSeconds = processorTime.TotalSeconds,
            ServerBusy = processorTime / result.Elapsed,
            PerCpuSecond = completed / processorTime.TotalSeconds,
            AllocatedBytes = (double)after.Since(before).AllocatedBytes / completed,
            Times = result.Total.Times(),
            Rate = result.Rate(scenario.Name, $"Handshakes: {scenario.Name}", "per second"),
        };
    }
}
