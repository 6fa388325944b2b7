namespace FastRelay.Protocol.Wire;

/// <summary>What the client of a TCP connection to the server came for (HELLO's role, SPEC 4.3).</summary>
public enum ConnectionRole : byte
{
    /// <summary>No connection to the server.</summary>
    None = 0,
    /// <summary>An issuer asks for a device: TCP #1 of the claims.</summary>
    Issuer = 1,
    /// <summary>A device registers.</summary>
    Register = 2,
    /// <summary>A woken device fetches its requests: TCP #2 of the claims.</summary>
    Wake = 3,
}
