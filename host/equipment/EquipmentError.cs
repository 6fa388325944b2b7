namespace FastRelay.Equipment;

/// <summary>Why equipment couldn't do what it was asked; each value has one sentence for a person in <see cref="EquipmentException"/>.</summary>
public enum EquipmentError
{
    /// <summary>The device is unknown, offline, or refuses: the server doesn't say which (SPEC 6.6 status 3).</summary>
    Unavailable,
    /// <summary>The device counts as online but didn't answer, or said yes and didn't come (SPEC 6.6 status 2, 10.2).</summary>
    NoAnswer,
    /// <summary>The server's certificate isn't one that this equipment trusts (SPEC 4.5).</summary>
    TrustRefused,
    /// <summary>The device compared the password and it isn't the right one (SPEC 9.4 status 1).</summary>
    PasswordRefused,
    /// <summary>Too many wrong passwords came from this address (SPEC 9.4 status 2).</summary>
    LockedOut,
    /// <summary>The server limits requests (SPEC 6.6 status 4) or is overloaded (SPEC 4.11).</summary>
    Limited,
    /// <summary>The clocks of device and issuer differ, or the descriptor is an old one (SPEC 9.4 status 3).</summary>
    Stale,
    /// <summary>The address isn't one that the device may dial, or not the one that the server sees (SPEC 9.4 status 4, 6.6 status 5).</summary>
    AddressRefused,
    /// <summary>The device serves as many connections as it may (SPEC 9.4 status 5).</summary>
    Busy,
    /// <summary>The other side said something that the protocol rules out, or no common version or suite exists.</summary>
    Protocol,
    /// <summary>A name couldn't be resolved, a connection not be made, or it broke.</summary>
    Network,
    /// <summary>The device's own state can't be used: damaged, too open, or in use by another process.</summary>
    State,
    /// <summary>An option has a value that isn't allowed.</summary>
    Options,
}
