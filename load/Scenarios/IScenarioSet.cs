namespace FastRelay.Load.Scenarios;

/// <summary>Scenarios and whatever they need: a server, devices. It is running when one has it, and gone when it is disposed.</summary>
internal interface IScenarioSet : IAsyncDisposable
{
    /// <summary>The scenarios, to be run one after the other.</summary>
    IReadOnlyList<Scenario> Scenarios { get; }
}
