namespace FastRelay.Protocol.Wire;

/// <summary>What became of a RESUME (SPEC 7.9).</summary>
public enum ResumeStatus : byte
{
    /// <summary>There is a pending session; its first heartbeat makes it the device's.</summary>
    Resumed = 0,
    /// <summary>The server has no place; come back after retry_after.</summary>
    Full = 1,
}
