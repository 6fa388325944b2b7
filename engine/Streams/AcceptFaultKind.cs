namespace FastRelay.Engine.Streams;

/// <summary>Whose fault a failed accept is.</summary>
internal enum AcceptFaultKind
{
    /// <summary>The connection's that would have been accepted: it is passed over.</summary>
    OfTheConnection,
    /// <summary>Descriptors or memory have run out: accepting rests, and goes on.</summary>
    Exhaustion,
    /// <summary>The listening socket's: it is of no use any more.</summary>
    OfTheListener,
}
