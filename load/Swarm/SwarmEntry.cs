namespace FastRelay.Load.Swarm;

/// <summary>How a swarm's devices come in.</summary>
internal enum SwarmEntry
{
    /// <summary>By RESUME, unless they are few.</summary>
    Auto,

    /// <summary>By a handshake and a registration each.</summary>
    Handshake,

    /// <summary>By RESUME, with tickets minted with the server's own key.</summary>
    Resume,
}
