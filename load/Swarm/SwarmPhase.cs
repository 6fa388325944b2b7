namespace FastRelay.Load.Swarm;

/// <summary>What a device of a paced swarm does when its time has come.</summary>
internal enum SwarmPhase : byte
{
    /// <summary>Send a heartbeat.</summary>
    Beat,

    /// <summary>See whether the ACK has come; if not, send again (SPEC 7.4).</summary>
    CheckAck,

    /// <summary>The same for the first heartbeat of a session that came by RESUME: with its ACK the device is bound again.</summary>
    CheckBound,

    /// <summary>Come back by RESUME.</summary>
    Return,

    /// <summary>See whether RESUME_ACK has come; if not, send again (SPEC 7.9).</summary>
    CheckReturn,
}
