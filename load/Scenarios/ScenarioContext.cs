namespace FastRelay.Load.Scenarios;

/// <summary>What one run knows of itself. Each runner has its own.</summary>
internal abstract class ScenarioContext
{
    /// <summary>Which copy runs, from 0; in an open simulation always 0.</summary>
    public abstract int Copy { get; }

    /// <summary>Which run it is, from 0: over all copies with the built-in runner, of this copy with NBomber.</summary>
    public abstract long Invocation { get; }

    /// <summary>Cancelled when the scenario is given up.</summary>
    public abstract CancellationToken Stopping { get; }

    /// <summary>
    /// Runs a part of the scenario that is counted by itself, under its name. Its time runs from now. A failure of the step is the scenario's
    /// only if it says so.
    /// </summary>
    public abstract ValueTask<StepResponse> StepAsync(string name, Func<ValueTask<StepResponse>> step);
}
