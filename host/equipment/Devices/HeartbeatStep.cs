namespace FastRelay.Equipment.Devices;

/// <summary>What the heartbeat's timer asks for.</summary>
internal enum HeartbeatStep
{
    /// <summary>Nothing is due.</summary>
    Wait,
    /// <summary>Send a heartbeat.</summary>
    Send,
    /// <summary>Send a heartbeat with ACK_WANTED.</summary>
    SendWantingAck,
    /// <summary>The server is silent: open a new socket and register again (SPEC 7.4).</summary>
    GiveUp,
}
