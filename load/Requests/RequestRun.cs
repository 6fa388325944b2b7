using FastRelay.Load.Processes;
using FastRelay.Load.Reports;
using FastRelay.Load.Scenarios;
using FastRelay.Load.Swarm;

namespace FastRelay.Load.Requests;

/// <summary>One run of <c>requests</c>.</summary>
internal sealed class RequestRun(RequestSettings settings)
{
    /// <summary>Runs it.</summary>
    public async Task<RequestReport> RunAsync(ProgressDisplay display, CancellationToken cancellation)
    {
        if (ProcessorCores.CanPin) await ProcessorCores.LeaveMeasuredAsync(cancellation);
        await using var set = await RequestScenarios.StartAsync(
            settings.Asked, settings.Rate, settings.During, display.Phase($"register {settings.Asked} devices"), cancellation, settings.Devices);
        await using var swarm = await BackgroundSwarm.StartAsync(set.Server, settings, display.Phase($"{settings.Devices} devices that heartbeat"), cancellation);
        var progress = display.Phase("requests");
        ServerUsage before = default;
        var result = await new ScenarioRunner((_, share) => progress(share))
            .RunWholeAsync(set.Scenarios[0], async () => before = await set.Server.UsageAsync(cancellation), cancellation);
        var after = await set.Server.UsageAsync(cancellation);
        progress(1);
        return Report(result, after.Since(before), swarm?.Counts);
    }

    private RequestReport Report(ScenarioResult result, ServerUsed used, SwarmCounts? heartbeats)
    {
        var accepted = result.Step(RequestScenarios.Accepted);
        return new RequestReport
        {
            Settings = settings,
            Pinned = ProcessorCores.CanPin,
            Heartbeats = used.Heartbeats,
            HeartbeatsLate = heartbeats?.Missing ?? 0,
            Seconds = result.Elapsed.TotalSeconds,
            Ok = result.Total.Ok,
            Failed = result.Total.Failed,
            Failures = result.Total.StatusCodes.Where(status => status.Key != "ok").ToDictionary(StringComparer.Ordinal),
            ServerCpuSeconds = used.ProcessorTime.TotalSeconds,
            RequestsPerCpuSecond = result.Total.Ok / used.ProcessorTime.TotalSeconds,
            AcceptedTimes = accepted.Times(),
            WholeTimes = result.Total.Times(),
            Series = result.Rate("requests", "Requests", "per second"),
        };
    }
}
