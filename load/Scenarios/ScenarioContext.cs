using System.Diagnostics;

namespace FastRelay.Load.Scenarios;

/// <summary>What one run knows of itself.</summary>
/// <param name="Result">Where its steps are counted.</param>
/// <param name="Copy">Which copy runs, from 0; in an open simulation always 0.</param>
/// <param name="Invocation">Which run it is, from 0, over all copies.</param>
/// <param name="Stopping">Cancelled when the scenario is given up.</param>
internal sealed record ScenarioContext(ScenarioResult Result, int Copy, long Invocation, CancellationToken Stopping)
{
    /// <summary>Runs a part of the scenario that is counted by itself, under its name. Its time runs from now.</summary>
    public async ValueTask<StepResponse> StepAsync(string name, Func<ValueTask<StepResponse>> step)
    {
        long started = Stopwatch.GetTimestamp();
        var response = await step();
        Result.Step(name).Count(response, Stopwatch.GetElapsedTime(started));
        return response;
    }
}
