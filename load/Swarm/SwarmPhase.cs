namespace FastRelay.Load.Swarm;

/// <summary>What a device of a paced swarm does when its time has come.</summary>
internal enum SwarmPhase : byte
{
    /// <summary>Send a heartbeat.</summary>
    Beat,

    /// <summary>See whether the ACK has come; if not, send again (SPEC 7.4).</summary>
    CheckAck,

    /// <summary>Come back by RESUME.</summary>
    Return,

    /// <summary>See whether RESUME_ACK has come; if not, send again (SPEC 7.9).</summary>
    CheckReturn,
}
