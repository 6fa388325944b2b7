namespace FastRelay.Load.Scenarios;

/// <summary>
/// Something that is done again and again under measurement, in NBomber's words. <see cref="ScenarioRunner"/> runs it, or NBomber itself
/// (load/nbomber).
/// </summary>
internal sealed record Scenario
{
    /// <summary>How it is called in reports.</summary>
    public required string Name { get; init; }

    /// <summary>One run. An exception counts as a failure under its type's name.</summary>
    public required Func<ScenarioContext, ValueTask<StepResponse>> Run { get; init; }

    /// <summary>In which rhythm: one after the other.</summary>
    public required IReadOnlyList<LoadSimulation> LoadSimulations { get; init; }

    /// <summary>Done once before everything else, warm-up included. What it throws ends it all.</summary>
    public Func<CancellationToken, Task>? Init { get; init; }

    /// <summary>Done once after everything else, however that ended.</summary>
    public Func<Task>? Clean { get; init; }

    /// <summary>How long it is run beforehand, at least, without being counted, with the load of its first simulation. Zero: not at all.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How many runs the warm-up of a closed simulation has, at least: the runtime compiles for speed what was called often, however slow
    /// the machine. Bounded by <see cref="ScenarioRunner.MostWarmUp"/>. NBomber has no such thing.
    /// </summary>
    public long WarmUpRuns { get; init; }

    /// <summary>Threshold: with more failures than this it is stopped early. Default: never.</summary>
    public int MaxFailCount { get; init; } = int.MaxValue;
}
