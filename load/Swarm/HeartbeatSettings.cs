namespace FastRelay.Load.Swarm;

/// <summary>What a run of <c>heartbeats</c> is asked for.</summary>
internal sealed record HeartbeatSettings
{
    /// <summary>Devices that heartbeat.</summary>
    public required int Devices { get; init; }

    /// <summary>How long to measure.</summary>
    public required TimeSpan During { get; init; }

    /// <summary>Every how many heartbeats a device asks for an ACK.</summary>
    public int AckEvery { get; init; } = 1;

    /// <summary>In a closed loop: devices that await an ACK at once.</summary>
    public int Window { get; init; } = 128;

    /// <summary>The heartbeat interval of devices that keep to one; null for a closed loop, in which they send as fast as they are answered.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>How they come in.</summary>
    public SwarmEntry Entry { get; init; }
}
