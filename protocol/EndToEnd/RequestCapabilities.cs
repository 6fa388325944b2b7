namespace FastRelay.Protocol.EndToEnd;

/// <summary>What the issuer wants of a request (caps of SPEC 9.2).</summary>
[Flags]
public enum RequestCapabilities : ushort
{
    /// <summary>A connection.</summary>
    None = 0,
    /// <summary>Only an answer; nothing is dialled.</summary>
    Ping = 1,
}
