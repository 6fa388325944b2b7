namespace FastRelay.Protocol.Wire;

/// <summary>Why a side closes (SPEC 5.4).</summary>
public enum CloseReason : byte
{
    /// <summary>Nothing more to say.</summary>
    Done = 0,
    /// <summary>The server stops.</summary>
    GoingAway = 1,
    /// <summary>Nothing was said for too long.</summary>
    Idle = 2,
    /// <summary>A rule of the sender's forbids going on.</summary>
    Policy = 3,
}
