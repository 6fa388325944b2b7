namespace FastRelay.Server.Http;

/// <summary>What the operator's probes ask.</summary>
internal interface IServerHealth
{
    /// <summary>Whether the server's loops run: when not, only a restart helps.</summary>
    bool IsHealthy { get; }

    /// <summary>Whether it takes new work: false while it starts and from the moment it is told to stop.</summary>
    bool IsReady { get; }
}
