using FastRelay.Protocol;

namespace FastRelay.Load.Swarm;

/// <summary>How a <see cref="PacedLoop"/> goes.</summary>
internal sealed record PacedLoopOptions
{
    /// <summary>Devices that take part, from the swarm's first on.</summary>
    public required int Devices { get; init; }

    /// <summary>The heartbeat interval.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary>Every how many heartbeats a device asks for an ACK.</summary>
    public required int AckEvery { get; init; }

    /// <summary>The devices' tickets; null when they have none, and stay with the sessions they have.</summary>
    public SwarmTickets? Tickets { get; init; }

    /// <summary>What makes the server's RESET tokens: each device would have its own from REGISTERED; this spares the swarm 16 bytes a device.</summary>
    public NodeKeys? NodeKeys { get; init; }
}
