namespace NBomber.Contracts;

/// <summary>Those members that the adapter uses.</summary>
public interface IScenarioContext
{
    ScenarioInfo ScenarioInfo { get; }

    int InvocationNumber { get; }

    CancellationToken ScenarioCancellationToken { get; }
}
