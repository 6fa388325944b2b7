using FastRelay.Load.Handshakes;
using FastRelay.Load.Requests;

namespace FastRelay.Load.Scenarios;

/// <summary>The loads that are made of scenarios, for a runner that isn't the built-in one.</summary>
internal static class ScenarioCatalog
{
    private const int Devices = 20;

    /// <summary>By name: how to start one, told how long each scenario takes and how much of it: clients at once, or requests a second.</summary>
    public static IReadOnlyDictionary<string, Func<TimeSpan, int, CancellationToken, Task<IScenarioSet>>> All { get; } =
        new Dictionary<string, Func<TimeSpan, int, CancellationToken, Task<IScenarioSet>>>(StringComparer.Ordinal)
        {
            ["handshakes"] = async (during, copies, cancellation) => await HandshakeScenarios.StartAsync(during, copies, cancellation),
            ["requests"] = async (during, rate, cancellation) => await RequestScenarios.StartAsync(Devices, rate, during, _ => { }, cancellation),
        };
}
