namespace NBomber.Contracts;

/// <summary>What a scenario was told. In NBomber a record of F#; the adapter reads nothing of it, tests do.</summary>
public sealed record ScenarioProps
{
    public required string ScenarioName { get; init; }

    public required Func<IScenarioContext, Task<IResponse>> Run { get; init; }

    public Func<IScenarioInitContext, Task>? Init { get; init; }

    public Func<IScenarioInitContext, Task>? Clean { get; init; }

    public TimeSpan? WarmUpDuration { get; init; } = TimeSpan.FromSeconds(30);

    public IReadOnlyList<LoadSimulation> LoadSimulations { get; init; } = [];

    public bool RestartIterationOnFail { get; init; } = true;

    public int MaxFailCount { get; init; } = 5_000;
}
