namespace FastRelay.Protocol.Wire;

/// <summary>What became of a registration (SPEC 6.3).</summary>
public enum RegisterStatus : byte
{
    /// <summary>The device is registered.</summary>
    Registered = 0,
    /// <summary>The server has no room: try again after the time it names.</summary>
    Full = 1,
    /// <summary>The server's policy refuses this device.</summary>
    Refused = 2,
    /// <summary>The descriptor isn't valid, or isn't of the key that signed the handshake.</summary>
    BadDescriptor = 3,
}
