using System.Diagnostics;

namespace FastRelay.Load.Scenarios;

/// <summary>One run of a scenario's timeline: the copies of the closed simulations, and the due runs of the open ones, side by side.</summary>
/// <param name="scenario">What is run.</param>
/// <param name="timeline">When.</param>
/// <param name="result">Where it is counted.</param>
/// <param name="started">The timeline's zero.</param>
/// <param name="progress">Is told the share of the time that has passed.</param>
/// <param name="stopping">Gives up.</param>
internal sealed class ScenarioRun(
    Scenario scenario, LoadTimeline timeline, ScenarioResult result, long started, Action<Scenario, double>? progress, CancellationToken stopping)
{
    // How often a copy that is to rest looks whether its time has come, and how exactly an open run is on time.
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(1);

    private long _invocations;
    private int _open;

    /// <summary>Runs all of it and waits for the last run.</summary>
    public async Task CompleteAsync()
    {
        await Task.WhenAll([.. Enumerable.Range(0, timeline.MostCopies).Select(copy => Task.Run(() => CopyAsync(copy))), Task.Run(InjectAsync)]);
    }

    private async Task CopyAsync(int copy)
    {
        while (Goes(out var now) && now < timeline.End)
        {
            if (copy < timeline.CopiesAt(now)) await OnceAsync(copy, Stopwatch.GetTimestamp());
            else await RestAsync();
        }
    }

    private async Task InjectAsync()
    {
        var under = new List<Task>();
        using var timer = new PeriodicTimer(Step);
        foreach (var at in timeline.Dues())
        {
            while (Goes(out var now) && now < at) await timer.WaitForNextTickAsync(CancellationToken.None);
            if (!Goes(out _)) break;
            if (Volatile.Read(ref _open) >= ScenarioRunner.MostOpen)
            {
                result.Total.Count(StepResponse.Fail("overload"), TimeSpan.Zero);
                continue;
            }
            Interlocked.Increment(ref _open);
            under.RemoveAll(t => t.IsCompleted);
            long due = started + (long)(at.TotalSeconds * Stopwatch.Frequency);
            under.Add(Task.Run(async () =>
            {
                await OnceAsync(copy: 0, due);
                Interlocked.Decrement(ref _open);
            }));
        }
        while (Goes(out var now) && now < timeline.End) await RestAsync();
        await Task.WhenAll(under);
    }

    private bool Goes(out TimeSpan now)
    {
        now = Stopwatch.GetElapsedTime(started);
        progress?.Invoke(scenario, Math.Min(1, now / timeline.End));
        if (result.Total.Failed > scenario.MaxFailCount) result.GivenUp = true;
        return !result.GivenUp && !stopping.IsCancellationRequested;
    }

    private static async Task RestAsync()
    {
        // Not to be cut short: whoever rests looks at the cancellation itself.
        await Task.Delay(Rest, CancellationToken.None);
    }

    private async Task OnceAsync(int copy, long due)
    {
        var context = new RunContext(result, copy, Interlocked.Increment(ref _invocations) - 1, stopping);
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
