namespace FastRelay.Protocol.Wire;

/// <summary>Why the server refuses a connection before any certificate (SPEC 4.11).</summary>
public enum AlertReason : byte
{
    /// <summary>The server has more work than it can do.</summary>
    Overloaded = 1,
    /// <summary>No protocol version that both have.</summary>
    NoCommonVersion = 2,
    /// <summary>No suite that both have.</summary>
    NoCommonSuite = 3,
    /// <summary>The server stops.</summary>
    ShuttingDown = 4,
}
