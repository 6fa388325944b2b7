namespace FastRelay.Equipment.Devices;

/// <summary>Why a session of heartbeats is over.</summary>
internal enum SessionEndCause
{
    /// <summary>The device stops.</summary>
    Stopped,
    /// <summary>The server didn't answer heartbeats that asked (SPEC 7.4).</summary>
    Silence,
    /// <summary>The server doesn't know the session any more (SPEC 7.5).</summary>
    Reset,
    /// <summary>The counter or the failed tags are used up (SPEC 7.1).</summary>
    Exhausted,
}
