using System.Diagnostics;
using FastRelay.Load.Measurement;

namespace FastRelay.Load.Scenarios;

/// <summary>
/// Runs scenarios: the built-in counterpart of NBomber's runner, with the same vocabulary. Everything is bounded: a scenario ends after the
/// time of its simulations, and an open one doesn't pile up more than <see cref="MostOpen"/> runs.
/// </summary>
/// <param name="progress">Is told the share of the simulations' time that has passed, 0 to 1.</param>
internal sealed class ScenarioRunner(Action<Scenario, double>? progress = null)
{
    /// <summary>Most runs of an open simulation under way at once; one that finds no place fails with the status "overload".</summary>
    public const int MostOpen = 4_096;

    /// <summary>The longest that a warm-up may take.</summary>
    public static readonly TimeSpan MostWarmUp = TimeSpan.FromSeconds(60);

    /// <summary>How long the last runs may take after the simulations' time.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>All of it: initialise, warm up, run, clean up.</summary>
    /// <param name="scenario">What to run.</param>
    /// <param name="warm">Called between warm-up and run.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<ScenarioResult> RunWholeAsync(Scenario scenario, Func<Task>? warm, CancellationToken cancellation)
    {
        try
        {
            if (scenario.Init is { } init) await init(cancellation);
            await WarmUpAsync(scenario, cancellation);
            if (warm is not null) await warm();
            return await RunAsync(scenario, cancellation);
        }
        finally
        {
            if (scenario.Clean is { } clean) await clean();
        }
    }

    /// <summary>Runs the warm-up; nothing of it is kept.</summary>
    public static async Task WarmUpAsync(Scenario scenario, CancellationToken cancellation)
    {
        if (scenario.WarmUp <= TimeSpan.Zero) return;
        var warmUp = scenario with { LoadSimulations = [WarmUpOf(scenario)] };
        long started = Stopwatch.GetTimestamp();
        long runs = 0;
        do
        {
            // Without progress: what is shown is the measured part.
            var result = await RunAsync(warmUp, progress: null, cancellation);
            runs += result.Total.Ok + result.Total.Failed;
        }
        while (warmUp.LoadSimulations[0] is LoadSimulation.KeepConstant && runs < scenario.WarmUpRuns && Stopwatch.GetElapsedTime(started) < MostWarmUp);
    }

    /// <summary>Runs the scenario and counts.</summary>
    public Task<ScenarioResult> RunAsync(Scenario scenario, CancellationToken cancellation) => RunAsync(scenario, progress, cancellation);

    private static async Task<ScenarioResult> RunAsync(Scenario scenario, Action<Scenario, double>? progress, CancellationToken cancellation)
    {
        var timeline = new LoadTimeline(scenario.LoadSimulations);
        var result = new ScenarioResult();
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        stopping.CancelAfter(timeline.End + Patience);
        long started = Stopwatch.GetTimestamp();
        await using var sampler = RateSampler.Start(() => result.Total.Ok + result.Total.Failed);
        await new ScenarioRun(scenario, timeline, result, started, progress, stopping.Token).CompleteAsync();
        result.Rates = sampler.Series("", "", "").Points;
        result.Elapsed = Stopwatch.GetElapsedTime(started);
        cancellation.ThrowIfCancellationRequested();
        return result;
    }

    /// <summary>The load of the first simulation that has one, without its ramp.</summary>
    private static LoadSimulation WarmUpOf(Scenario scenario) => scenario.LoadSimulations.FirstOrDefault(s => s is not LoadSimulation.Pause) switch
    {
        LoadSimulation.KeepConstant closed => closed with { During = scenario.WarmUp },
        LoadSimulation.RampingConstant closed => new LoadSimulation.KeepConstant(closed.Copies, scenario.WarmUp),
        LoadSimulation.Inject open => open with { During = scenario.WarmUp },
        LoadSimulation.RampingInject open => new LoadSimulation.Inject(open.Rate, open.Interval, scenario.WarmUp),
        _ => new LoadSimulation.Pause(scenario.WarmUp),
    };
}
