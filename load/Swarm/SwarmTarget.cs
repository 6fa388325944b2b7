namespace FastRelay.Load.Swarm;

/// <summary>What answers the swarm's heartbeats.</summary>
internal enum SwarmTarget
{
    /// <summary>A server: each heartbeat that wants it gets an ACK.</summary>
    Server,

    /// <summary>A bare echo: each heartbeat comes back as it is.</summary>
    Echo,
}
