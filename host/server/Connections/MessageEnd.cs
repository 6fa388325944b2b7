namespace FastRelay.Server.Connections;

/// <summary>Why no further message comes.</summary>
internal enum MessageEnd
{
    /// <summary>There is a message.</summary>
    None,
    /// <summary>The peer closed or reset the connection, or a deadline did.</summary>
    Closed,
    /// <summary>The bytes are malformed: the connection is closed without a word (SPEC 1.1).</summary>
    Malformed,
    /// <summary>Nothing came within the patience asked for.</summary>
    Idle,
    /// <summary>The server stops.</summary>
    Stopping,
}
