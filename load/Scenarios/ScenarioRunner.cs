using System.Diagnostics;
using FastRelay.Load.Measurement;

namespace FastRelay.Load.Scenarios;

/// <summary>
/// Runs scenarios: the built-in counterpart of NBomber's runner, with the same vocabulary. Everything is bounded: a simulation ends after
/// its time, and an open one doesn't pile up more than <see cref="MostOpen"/> runs.
/// </summary>
/// <param name="progress">Is told the share of the simulation's time that has passed, 0 to 1.</param>
internal sealed class ScenarioRunner(Action<Scenario, double>? progress = null)
{
    /// <summary>Most runs of an open simulation under way at once; one that finds no place fails with the status "overload".</summary>
    public const int MostOpen = 4_096;

    /// <summary>The longest that a warm-up may take.</summary>
    public static readonly TimeSpan MostWarmUp = TimeSpan.FromSeconds(20);

    /// <summary>How long the last runs may take after the simulation's time.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Runs the warm-up; nothing of it is kept.</summary>
    public static async Task WarmUpAsync(Scenario scenario, CancellationToken cancellation)
    {
        long started = Stopwatch.GetTimestamp();
        long runs = 0;
        do
        {
            // Without progress: what is shown is the measured part.
            var result = await RunAsync(scenario with { Simulation = scenario.Simulation with { During = scenario.WarmUp } }, progress: null, cancellation);
            runs += result.Total.Ok + result.Total.Failed;
        }
        while (scenario.Simulation is LoadSimulation.KeepConstant && runs < scenario.WarmUpRuns && Stopwatch.GetElapsedTime(started) < MostWarmUp);
    }

    /// <summary>Runs the scenario and counts.</summary>
    public Task<ScenarioResult> RunAsync(Scenario scenario, CancellationToken cancellation) => RunAsync(scenario, progress, cancellation);

    private static async Task<ScenarioResult> RunAsync(Scenario scenario, Action<Scenario, double>? progress, CancellationToken cancellation)
    {
        var result = new ScenarioResult();
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        stopping.CancelAfter(scenario.Simulation.During + Patience);
        long started = Stopwatch.GetTimestamp();
        await using var sampler = RateSampler.Start(() => result.Total.Ok + result.Total.Failed);
        var run = new Run(scenario, result, started, stopping, progress);
        await (scenario.Simulation switch
        {
            LoadSimulation.KeepConstant closed => run.KeepConstantAsync(closed),
            LoadSimulation.Inject open => run.InjectAsync(open),
            _ => throw new ArgumentException("The simulation isn't one of those known.", nameof(scenario)),
        });
        result.Rates = sampler.Series("", "", "").Points;
        result.Elapsed = Stopwatch.GetElapsedTime(started);
        cancellation.ThrowIfCancellationRequested();
        return result;
    }

    private sealed class Run(Scenario scenario, ScenarioResult result, long started, CancellationTokenSource stopping, Action<Scenario, double>? progress)
    {
        private long _invocations;
        private int _open;

        public Task KeepConstantAsync(LoadSimulation.KeepConstant simulation) =>
            Task.WhenAll(Enumerable.Range(0, simulation.Copies).Select(copy => Task.Run(async () =>
            {
                while (Goes(simulation.During)) await OnceAsync(copy, Stopwatch.GetTimestamp());
            })));

        public async Task InjectAsync(LoadSimulation.Inject simulation)
        {
            double spacing = simulation.Interval.TotalSeconds / simulation.Rate * Stopwatch.Frequency;
            long count = (long)(simulation.During / simulation.Interval * simulation.Rate);
            var under = new List<Task>();
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
            for (long i = 0; i < count && Goes(TimeSpan.MaxValue); i++)
            {
                long due = started + (long)(i * spacing);
                while (Stopwatch.GetTimestamp() < due && Goes(TimeSpan.MaxValue)) await timer.WaitForNextTickAsync();
                if (Volatile.Read(ref _open) >= MostOpen)
                {
                    result.Total.Count(StepResponse.Fail("overload"), TimeSpan.Zero);
                    continue;
                }
                Interlocked.Increment(ref _open);
                under.RemoveAll(t => t.IsCompleted);
                under.Add(Task.Run(async () =>
                {
                    await OnceAsync(copy: 0, due);
                    Interlocked.Decrement(ref _open);
                }));
                progress?.Invoke(scenario, (double)i / count);
            }
            await Task.WhenAll(under);
        }

        private bool Goes(TimeSpan during)
        {
            var elapsed = Stopwatch.GetElapsedTime(started);
            if (during != TimeSpan.MaxValue) progress?.Invoke(scenario, Math.Min(1, elapsed / during));
            if (result.Total.Failed > scenario.MaxFailCount) result.GivenUp = true;
            return elapsed < during && !result.GivenUp && !stopping.IsCancellationRequested;
        }

        private async Task OnceAsync(int copy, long due)
        {
            var context = new ScenarioContext(result, copy, Interlocked.Increment(ref _invocations) - 1, stopping.Token);
            StepResponse response;
            try
            {
                response = await scenario.Run(context);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // A run that fails is what a load test is there to count.
                response = StepResponse.Fail(e.GetType().Name);
            }
            result.Total.Count(response, Stopwatch.GetElapsedTime(due));
        }
    }
}
