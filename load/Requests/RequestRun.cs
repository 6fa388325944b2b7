using FastRelay.Load.Processes;
using FastRelay.Load.Reports;
using FastRelay.Load.Scenarios;

namespace FastRelay.Load.Requests;

/// <summary>One run of <c>requests</c>.</summary>
/// <param name="devices">Devices that are asked for in turn.</param>
/// <param name="rate">Requests a second.</param>
/// <param name="during">How long to measure.</param>
internal sealed class RequestRun(int devices, int rate, TimeSpan during)
{
    /// <summary>Runs it.</summary>
    public async Task<RequestReport> RunAsync(ProgressDisplay display, CancellationToken cancellation)
    {
        if (ProcessorCores.CanPin) await ProcessorCores.LeaveMeasuredAsync(cancellation);
        await using var set = await RequestScenarios.StartAsync(devices, rate, during, display.Phase($"register {devices} devices"), cancellation);
        var progress = display.Phase("requests");
        ServerUsage before = default;
        var result = await new ScenarioRunner((_, share) => progress(share))
            .RunWholeAsync(set.Scenarios[0], async () => before = await set.Server.UsageAsync(cancellation), cancellation);
        var after = await set.Server.UsageAsync(cancellation);
        progress(1);
        return Report(result, after.ProcessorTime - before.ProcessorTime);
    }

    private RequestReport Report(ScenarioResult result, TimeSpan processorTime)
    {
        var accepted = result.Step(RequestScenarios.Accepted);
        return new RequestReport
        {
            Devices = devices,
            Pinned = ProcessorCores.CanPin,
            Rate = rate,
            Seconds = result.Elapsed.TotalSeconds,
            Ok = result.Total.Ok,
            Failed = result.Total.Failed,
            Failures = result.Total.StatusCodes.Where(status => status.Key != "ok").ToDictionary(StringComparer.Ordinal),
            ServerCpuSeconds = processorTime.TotalSeconds,
            RequestsPerCpuSecond = result.Total.Ok / processorTime.TotalSeconds,
            AcceptedTimes = accepted.Times(),
            WholeTimes = result.Total.Times(),
            Series = result.Rate("requests", "Requests", "per second"),
        };
    }
}
