using System.Diagnostics;

namespace FastRelay.Load.Scenarios;

/// <summary>The context that <see cref="ScenarioRunner"/> gives to a run.</summary>
internal sealed class RunContext(ScenarioResult result, int copy, long invocation, CancellationToken stopping) : ScenarioContext
{
    /// <inheritdoc/>
    public override int Copy => copy;

    /// <inheritdoc/>
    public override long Invocation => invocation;

    /// <inheritdoc/>
    public override CancellationToken Stopping => stopping;

    /// <inheritdoc/>
    public override async ValueTask<StepResponse> StepAsync(string name, Func<ValueTask<StepResponse>> step)
    {
        long started = Stopwatch.GetTimestamp();
        StepResponse response = default;
        try
        {
            response = await step();
        }
        catch (Exception e)
        {
            response = StepResponse.Fail(e.GetType().Name);
            throw;
        }
        finally
        {
            result.Step(name).Count(response, Stopwatch.GetElapsedTime(started));
        }
        return response;
    }
}
