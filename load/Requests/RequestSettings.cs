using FastRelay.Load.Swarm;

namespace FastRelay.Load.Requests;

/// <summary>What a run of <c>requests</c> is asked for.</summary>
internal sealed record RequestSettings
{
    /// <summary>Devices of the equipment library, which are asked for in turn.</summary>
    public required int Asked { get; init; }

    /// <summary>Requests a second.</summary>
    public required int Rate { get; init; }

    /// <summary>How long to measure.</summary>
    public required TimeSpan During { get; init; }

    /// <summary>Simulated devices that heartbeat meanwhile; 0 for none.</summary>
    public int Devices { get; init; }

    /// <summary>Heartbeats a second of all of them together.</summary>
    public int HeartbeatRate { get; init; } = 50_000;

    /// <summary>How they come in.</summary>
    public SwarmEntry Entry { get; init; }

    /// <summary>The interval that makes that rate: a device waits nine tenths of it on average (SPEC 7.4).</summary>
    public TimeSpan Interval => TimeSpan.FromSeconds(Devices / (0.9 * HeartbeatRate));
}
