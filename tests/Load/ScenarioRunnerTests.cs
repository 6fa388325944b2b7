using System.Collections.Concurrent;
using FastRelay.Load.Scenarios;

namespace FastRelay.Load.Tests;

public sealed class ScenarioRunnerTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(200);

    [Fact]
    public async Task An_open_simulation_runs_as_often_as_its_rate_says_even_when_every_run_is_slow()
    {
        // Each run waits for the last one to have begun: in a closed simulation this would never end.
        const int Runs = 20;
        var all = new TaskCompletionSource();
        int begun = 0;
        var result = await RunAsync(new LoadSimulation.Inject(100, TimeSpan.FromSeconds(1), Short), async context =>
        {
            if (Interlocked.Increment(ref begun) == Runs) all.SetResult();
            await all.Task.WaitAsync(context.Stopping);
            return StepResponse.Ok(sizeBytes: 3);
        });
        begun.ShouldBe(Runs);
        result.Total.Ok.ShouldBe(Runs);
        result.Total.Bytes.ShouldBe(3 * Runs);
        // The first was due when it all began, and waited for the last.
        result.Total.PercentileUs(100).ShouldBeGreaterThanOrEqualTo(Short.TotalMicroseconds * 0.9);
    }

    [Fact]
    public async Task A_closed_simulation_has_one_run_a_copy_at_a_time()
    {
        var inside = new ConcurrentDictionary<int, int>();
        var copies = new ConcurrentDictionary<int, int>();
        bool overlapped = false;
        var result = await RunAsync(new LoadSimulation.KeepConstant(3, Short), async context =>
        {
            if (!inside.TryAdd(context.Copy, 0)) overlapped = true;
            copies[context.Copy] = 0;
            await Task.Yield();
            inside.TryRemove(context.Copy, out _);
            return StepResponse.Ok();
        });
        overlapped.ShouldBeFalse();
        // How often each ran is the machine's affair.
        copies.Count.ShouldBe(3);
        result.Total.Ok.ShouldBeGreaterThanOrEqualTo(3);
        result.Elapsed.ShouldBeGreaterThanOrEqualTo(Short);
    }

    [Fact]
    public async Task Failures_are_counted_by_what_they_were_and_have_no_time()
    {
        var result = await RunAsync(new LoadSimulation.Inject(40, TimeSpan.FromSeconds(1), Short), context => (context.Invocation % 4) switch
        {
            0 => ValueTask.FromResult(StepResponse.Fail("refused")),
            1 => throw new InvalidOperationException("a run that throws"),
            _ => ValueTask.FromResult(StepResponse.Ok()),
        });
        result.Total.Failed.ShouldBe(4);
        result.Total.Ok.ShouldBe(4);
        result.Total.StatusCodes.ShouldBe(new Dictionary<string, long> { ["refused"] = 2, ["InvalidOperationException"] = 2, ["ok"] = 4 }, ignoreOrder: true);
    }

    [Fact]
    public async Task A_scenario_that_fails_more_often_than_its_threshold_is_given_up()
    {
        var scenario = new Scenario
        {
            Name = "failing",
            LoadSimulations = [new LoadSimulation.KeepConstant(1, TimeSpan.FromMinutes(5))],
            MaxFailCount = 10,
            Run = _ => ValueTask.FromResult(StepResponse.Fail("no")),
        };
        var result = await new ScenarioRunner().RunAsync(scenario, CancellationToken.None);
        result.GivenUp.ShouldBeTrue();
        result.Total.Failed.ShouldBe(11);
    }

    [Fact]
    public async Task A_step_is_counted_under_its_name_and_apart_from_the_whole()
    {
        var result = await RunAsync(new LoadSimulation.Inject(50, TimeSpan.FromSeconds(1), Short), async context =>
        {
            await context.StepAsync("first", () => ValueTask.FromResult(StepResponse.Ok(sizeBytes: 1)));
            return StepResponse.Fail("after the step");
        });
        result.Step("first").Ok.ShouldBe(10);
        result.Step("first").Bytes.ShouldBe(10);
        result.Total.Failed.ShouldBe(10);
    }

    [Fact]
    public async Task A_warm_up_goes_on_until_there_were_runs_enough()
    {
        int runs = 0;
        var scenario = new Scenario
        {
            Name = "warm",
            LoadSimulations = [new LoadSimulation.KeepConstant(1, TimeSpan.FromMinutes(5))],
            WarmUp = TimeSpan.FromMilliseconds(20),
            WarmUpRuns = 10,
            Run = async context =>
            {
                await Task.Delay(TimeSpan.FromMilliseconds(8), context.Stopping);
                runs++;
                return StepResponse.Ok();
            },
        };
        await ScenarioRunner.WarmUpAsync(scenario, CancellationToken.None);
        runs.ShouldBeGreaterThanOrEqualTo(10);
    }

    [Fact]
    public async Task Simulations_of_both_kinds_follow_each_other_within_one_scenario()
    {
        var scenario = new Scenario
        {
            Name = "mixed",
            LoadSimulations =
            [
                new LoadSimulation.Inject(50, TimeSpan.FromSeconds(1), Short), new LoadSimulation.Pause(Short / 4), new LoadSimulation.RampingConstant(3, Short),
            ],
            Run = async context =>
            {
                await Task.Delay(1, context.Stopping);
                return StepResponse.Ok();
            },
        };
        var result = await new ScenarioRunner().RunAsync(scenario, CancellationToken.None);
        // Ten of the open one, and at least one of each copy.
        result.Total.Ok.ShouldBeGreaterThanOrEqualTo(13);
        result.Total.Failed.ShouldBe(0);
        result.Elapsed.ShouldBeGreaterThanOrEqualTo(Short * 2);
    }

    [Fact]
    public async Task A_whole_run_initialises_first_warms_up_and_cleans_up_however_it_ends()
    {
        var done = new List<string>();
        int runs = 0;
        var scenario = new Scenario
        {
            Name = "whole",
            LoadSimulations = [new LoadSimulation.KeepConstant(1, TimeSpan.FromMilliseconds(20))],
            WarmUp = TimeSpan.FromMilliseconds(10),
            Init = _ =>
            {
                done.Add("init");
                return Task.CompletedTask;
            },
            Clean = () =>
            {
                done.Add("clean");
                return Task.CompletedTask;
            },
            Run = async context =>
            {
                runs++;
                await Task.Delay(1, context.Stopping);
                return StepResponse.Ok();
            },
        };
        int warm = 0;
        var result = await new ScenarioRunner().RunWholeAsync(
            scenario,
            () =>
            {
                warm = runs;
                done.Add("warm");
                return Task.CompletedTask;
            },
            CancellationToken.None);
        done.ShouldBe(["init", "warm", "clean"]);
        warm.ShouldBeGreaterThan(0);
        result.Total.Ok.ShouldBe(runs - warm);

        await Should.ThrowAsync<InvalidOperationException>(new ScenarioRunner().RunWholeAsync(
            scenario with { Init = _ => throw new InvalidOperationException() }, null, CancellationToken.None));
        done.ShouldBe(["init", "warm", "clean", "clean"]);
    }

    [Fact]
    public async Task A_step_that_throws_is_counted_as_failed()
    {
        var result = await RunAsync(new LoadSimulation.Inject(10, TimeSpan.FromSeconds(1), Short), async context =>
            await context.StepAsync("first", () => throw new TimeoutException()));
        result.Step("first").StatusCodes.ShouldBe(new Dictionary<string, long> { ["TimeoutException"] = 2 });
        result.Total.Failed.ShouldBe(2);
    }

    [Fact]
    public async Task A_cancelled_run_throws()
    {
        using var cancelled = new CancellationTokenSource();
        var scenario = new Scenario
        {
            Name = "endless",
            LoadSimulations = [new LoadSimulation.KeepConstant(1, TimeSpan.FromMinutes(5))],
            Run = async context =>
            {
                await cancelled.CancelAsync();
                await Task.Delay(Timeout.Infinite, context.Stopping);
                return StepResponse.Ok();
            },
        };
        await Should.ThrowAsync<OperationCanceledException>(new ScenarioRunner().RunAsync(scenario, cancelled.Token));
    }

    private static Task<ScenarioResult> RunAsync(LoadSimulation simulation, Func<ScenarioContext, ValueTask<StepResponse>> run) =>
        new ScenarioRunner().RunAsync(new Scenario { Name = "test", LoadSimulations = [simulation], Run = run }, CancellationToken.None);
}
