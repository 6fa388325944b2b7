namespace FastRelay.Protocol.Heartbeat;

/// <summary>What one step did to a binding (SPEC 7.6): for counters and traces.</summary>
[Flags]
public enum RoamingEvents
{
    /// <summary>Nothing changed.</summary>
    None = 0,
    /// <summary>The session has its first bound address.</summary>
    Bound = 1,
    /// <summary>An echo came back: the bound address is validated.</summary>
    Validated = 2,
    /// <summary>Another source was remembered as the candidate, and both paths were challenged.</summary>
    CandidateFound = 4,
    /// <summary>The candidate answered its challenge.</summary>
    CandidateReachable = 8,
    /// <summary>The old path lives: the candidate is forgotten.</summary>
    CandidateDropped = 16,
    /// <summary>The candidate became the bound address.</summary>
    Moved = 32,
}
