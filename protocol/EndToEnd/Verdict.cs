namespace FastRelay.Protocol.EndToEnd;

/// <summary>What the device tells the issuer, sealed so that the server can't read it (SPEC 9.4).</summary>
public enum Verdict : byte
{
    /// <summary>Yes.</summary>
    Yes = 0,
    /// <summary>The password isn't the device's, or there was none.</summary>
    PasswordRefused = 1,
    /// <summary>Too many wrong passwords: the password wasn't looked at (SPEC 8.4).</summary>
    LockedOut = 2,
    /// <summary>A clock or the descriptor is out of date: fetch the descriptor again.</summary>
    Stale = 3,
    /// <summary>The issuer's address isn't one that the device may dial (SPEC 8.5).</summary>
    AddressRefused = 4,
    /// <summary>The device has no room for another request now.</summary>
    Busy = 5,
}
