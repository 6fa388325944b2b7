using FastRelay.Load.NBomber;
using FastRelay.Load.Scenarios;
using NBomber.Contracts;
using NBomberContract = NBomber.Contracts.LoadSimulation;
using Scenario = FastRelay.Load.Scenarios.Scenario;
using Simulation = FastRelay.Load.Scenarios.LoadSimulation;

namespace FastRelay.Load.Tests;

/// <summary>The adapter, compiled against the hand-written declarations of load/nbomber/reference, says what the scenarios say.</summary>
public sealed class NBomberAdapterTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void A_scenario_keeps_its_name_warm_up_limit_and_simulations()
    {
        var props = NBomberAdapter.Translate(new Scenario
        {
            Name = "the name",
            MaxFailCount = 7,
            WarmUp = 3 * Second,
            Run = _ => ValueTask.FromResult(StepResponse.Ok()),
            LoadSimulations =
            [
                new Simulation.RampingConstant(1, 2 * Second), new Simulation.KeepConstant(3, 4 * Second), new Simulation.Pause(5 * Second),
                new Simulation.RampingInject(6, 7 * Second, 8 * Second), new Simulation.Inject(9, 10 * Second, 11 * Second),
            ],
        });
        props.ScenarioName.ShouldBe("the name");
        props.MaxFailCount.ShouldBe(7);
        props.WarmUpDuration.ShouldBe(3 * Second);
        props.RestartIterationOnFail.ShouldBeFalse();
        props.LoadSimulations.ShouldBe(
        [
            new NBomberContract("RampingConstant", 1, TimeSpan.Zero, 2 * Second), new NBomberContract("KeepConstant", 3, TimeSpan.Zero, 4 * Second),
            new NBomberContract("Pause", 0, TimeSpan.Zero, 5 * Second), new NBomberContract("RampingInject", 6, 7 * Second, 8 * Second),
            new NBomberContract("Inject", 9, 10 * Second, 11 * Second),
        ]);
    }

    [Fact]
    public void A_scenario_without_a_warm_up_has_none()
    {
        var scenario = Scenario(_ => ValueTask.FromResult(StepResponse.Ok())) with { WarmUp = TimeSpan.Zero };
        NBomberAdapter.Translate(scenario).WarmUpDuration.ShouldBeNull();
    }

    [Fact]
    public async Task A_run_knows_its_copy_its_number_and_its_end_and_answers_with_status_and_size()
    {
        using var ended = new CancellationTokenSource();
        ScenarioContext? seen = null;
        var props = NBomberAdapter.Translate(Scenario(context =>
        {
            seen = context;
            return ValueTask.FromResult(context.Invocation == 5 ? StepResponse.Ok("fine", 11) : StepResponse.Fail("refused", 12));
        }));
        var ok = await props.Run(new Context(4, 5, ended.Token));
        (ok.IsError, ok.StatusCode, ok.SizeBytes).ShouldBe((false, "fine", 11));
        (seen!.Copy, seen.Invocation, seen.Stopping).ShouldBe((4, 5, ended.Token));
        var failed = await props.Run(new Context(4, 6, ended.Token));
        (failed.IsError, failed.StatusCode, failed.SizeBytes).ShouldBe((true, "refused", 12));
    }

    [Fact]
    public async Task A_step_that_fails_leaves_the_scenario_to_say_what_came_of_it()
    {
        var props = NBomberAdapter.Translate(Scenario(async context =>
        {
            var step = await context.StepAsync("a step", () => ValueTask.FromResult(StepResponse.Fail("no")));
            return StepResponse.Ok(step.StatusCode);
        }));
        (await props.Run(new Context(0, 0, CancellationToken.None))).StatusCode.ShouldBe("no");
    }

    [Fact]
    public async Task Initialising_and_cleaning_are_handed_over()
    {
        var done = new List<string>();
        var props = NBomberAdapter.Translate(Scenario(_ => ValueTask.FromResult(StepResponse.Ok())) with
        {
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
        });
        await props.Init!(null!);
        await props.Clean!(null!);
        done.ShouldBe(["init", "clean"]);
        NBomberAdapter.Translate(Scenario(_ => ValueTask.FromResult(StepResponse.Ok()))).Init.ShouldBeNull();
    }

    private static Scenario Scenario(Func<ScenarioContext, ValueTask<StepResponse>> run) =>
        new() { Name = "name", Run = run, LoadSimulations = [new Simulation.KeepConstant(1, Second)] };

    private sealed record Context(int Copy, int InvocationNumber, CancellationToken ScenarioCancellationToken) : IScenarioContext
    {
        public ScenarioInfo ScenarioInfo => new(Copy);
    }
}
