using System.Net;
using FastRelay.Load.Scenarios;
using FastRelay.Protocol.Wire;

namespace FastRelay.Load.Swarm;

/// <summary>
/// Many devices that send heartbeats from one thread as fast as they are answered: some lanes take turns, so that the target always has
/// work. Its run is one turn of the next lane.
/// </summary>
internal sealed class HeartbeatSwarm : IDisposable
{
    private readonly SwarmLane[] _lanes;
    private readonly PlatformPacketAead _aead;
    private int _next;

    /// <summary>Opens the sockets.</summary>
    /// <param name="sources">One address a lane.</param>
    /// <param name="devices">For each address its devices.</param>
    /// <param name="destination">The target.</param>
    /// <param name="target">What it is.</param>
    /// <param name="ackEvery">Every how many heartbeats a device asks for an ACK.</param>
    /// <param name="window">Heartbeats under way at once, over all lanes.</param>
    public HeartbeatSwarm(
        IReadOnlyList<IPAddress> sources, IReadOnlyList<SimulatedDevice>[] devices, IPEndPoint destination, SwarmTarget target, int ackEvery, int window)
    {
        // Four times the devices, so that hardly any key is made anew: the generator must not be what is measured.
        _aead = new PlatformPacketAead(4 * devices.Sum(d => d.Count));
        int perLane = Math.Max(1, window / sources.Count);
        _lanes = [.. sources.Select((source, i) => new SwarmLane(source, destination, target, devices[i], _aead, Counts, ackEvery, perLane))];
    }

    /// <summary>What it has counted since <see cref="Begin"/>.</summary>
    public SwarmCounts Counts { get; } = new();

    /// <summary>As a scenario.</summary>
    public Scenario Scenario(string name, TimeSpan during) => new()
    {
        Name = name,
        Simulation = new LoadSimulation.KeepConstant(1, during),
        Run = _ => ValueTask.FromResult(Turn()),
        WarmUpRuns = 2_000,
    };

    /// <summary>Counts anew, once nothing is under way any more: the warm-up is over.</summary>
    public void Begin()
    {
        Settle();
        Counts.Reset();
    }

    /// <summary>Takes the replies that are still out, so that what is counted is complete.</summary>
    public void Settle()
    {
        foreach (var lane in _lanes) lane.TakeReplies();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var lane in _lanes) lane.Dispose();
        _aead.Dispose();
    }

    private StepResponse Turn()
    {
        bool complete = _lanes[_next].Turn();
        _next = (_next + 1) % _lanes.Length;
        return complete ? StepResponse.Ok() : StepResponse.Fail("reply missing");
    }
}
