namespace FastRelay.Protocol.Wire;

/// <summary>The server's answer to a CONNECT1 (SPEC 6.6).</summary>
public enum ResultStatus : byte
{
    /// <summary>The device took the request and will dial.</summary>
    Accepted = 1,
    /// <summary>The device counts as online but did not answer in time.</summary>
    NoAnswer = 2,
    /// <summary>Unknown, offline, denied, or refused by the device.</summary>
    Unavailable = 3,
    /// <summary>Limited: try again after the time named.</summary>
    Limited = 4,
    /// <summary>The address of CONNECT1 isn't the observed one.</summary>
    AddressRefused = 5,
}
