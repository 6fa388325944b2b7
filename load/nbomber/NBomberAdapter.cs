using FastRelay.Load.Scenarios;
using NBomber.Contracts;
using NBomber.CSharp;
using Make = NBomber.CSharp.Simulation;
using NBomberScenario = NBomber.CSharp.Scenario;
using NBomberSimulation = NBomber.Contracts.LoadSimulation;
using Scenario = FastRelay.Load.Scenarios.Scenario;
using Simulation = FastRelay.Load.Scenarios.LoadSimulation;

namespace FastRelay.Load.NBomber;

/// <summary>Says the scenarios of load/ in NBomber's own terms, and nothing else: what they do, and how often, stays where it is defined.</summary>
internal static class NBomberAdapter
{
    /// <summary>A scenario for NBomber.</summary>
    public static ScenarioProps Translate(Scenario scenario)
    {
        var props = NBomberScenario.Create(scenario.Name, async context => (await scenario.Run(new NBomberContext(context))).ToNBomber())
            // A failed step is the scenario's affair, as it is with the built-in runner.
            .WithRestartIterationOnFail(false)
            .WithMaxFailCount(scenario.MaxFailCount)
            .WithLoadSimulations([.. scenario.LoadSimulations.Select(Translate)]);
        props = scenario.WarmUp > TimeSpan.Zero ? props.WithWarmUpDuration(scenario.WarmUp) : props.WithoutWarmUp();
        if (scenario.Init is { } init) props = props.WithInit(_ => init(CancellationToken.None));
        if (scenario.Clean is { } clean) props = props.WithClean(_ => clean());
        return props;
    }

    /// <summary>A simulation for NBomber.</summary>
    public static NBomberSimulation Translate(Simulation simulation) => simulation switch
    {
        Simulation.KeepConstant closed => Make.KeepConstant(closed.Copies, closed.During),
        Simulation.RampingConstant closed => Make.RampingConstant(closed.Copies, closed.During),
        Simulation.Inject open => Make.Inject(open.Rate, open.Interval, open.During),
        Simulation.RampingInject open => Make.RampingInject(open.Rate, open.Interval, open.During),
        Simulation.Pause pause => Make.Pause(pause.During),
        _ => throw new ArgumentException("The simulation isn't one of those known.", nameof(simulation)),
    };

    /// <summary>A response for NBomber, as what a step or a scenario returns.</summary>
    public static Response<object> ToNBomber(this StepResponse response) => response.IsOk
        ? Response.Ok(statusCode: response.StatusCode, sizeBytes: response.SizeBytes)
        : Response.Fail(statusCode: response.StatusCode, sizeBytes: response.SizeBytes);
}
