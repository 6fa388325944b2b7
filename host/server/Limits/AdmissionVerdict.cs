namespace FastRelay.Server.Limits;

/// <summary>Whether a connection may send its HELLO, and if not, why.</summary>
internal enum AdmissionVerdict
{
    /// <summary>It may.</summary>
    Admitted,
    /// <summary>The node has all the connections, or half-open ones, that it takes.</summary>
    NodeFull,
    /// <summary>The prefix has all the connections, or half-open ones, that it may have.</summary>
    PrefixFull,
}
