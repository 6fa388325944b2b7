namespace FastRelay.Load.Scenarios;

/// <summary>Something that is done again and again under measurement.</summary>
internal sealed record Scenario
{
    /// <summary>How it is called in reports.</summary>
    public required string Name { get; init; }

    /// <summary>One run. An exception counts as a failure under its type's name.</summary>
    public required Func<ScenarioContext, ValueTask<StepResponse>> Run { get; init; }

    /// <summary>In which rhythm.</summary>
    public required LoadSimulation Simulation { get; init; }

    /// <summary>How long it is run beforehand, at least, without being counted.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How many runs the warm-up of a closed simulation has, at least: the runtime compiles for speed what was called often, however slow
    /// the machine. Bounded by <see cref="ScenarioRunner.MostWarmUp"/>.
    /// </summary>
    public long WarmUpRuns { get; init; }

    /// <summary>Threshold: with more failures than this it is stopped early. Default: never.</summary>
    public long MaxFailCount { get; init; } = long.MaxValue;
}
