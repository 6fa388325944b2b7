using FastRelay.Load.Scenarios;
using NBomber.Contracts;
using NBomber.CSharp;

namespace FastRelay.Load.NBomber;

/// <summary>NBomber's context of a run, as the scenarios of load/ know it.</summary>
internal sealed class NBomberContext(IScenarioContext context) : ScenarioContext
{
    /// <inheritdoc/>
    public override int Copy => context.ScenarioInfo.InstanceNumber;

    /// <inheritdoc/>
    public override long Invocation => context.InvocationNumber;

    /// <inheritdoc/>
    public override CancellationToken Stopping => context.ScenarioCancellationToken;

    /// <inheritdoc/>
    public override async ValueTask<StepResponse> StepAsync(string name, Func<ValueTask<StepResponse>> step)
    {
        StepResponse response = default;
        await Step.Run(name, context, async () =>
        {
            response = await step();
            return response.ToNBomber();
        });
        return response;
    }
}
