namespace FastRelay.Server.Options;

/// <summary>Which of the two routes carries the second connection request signal (SPEC 7.8).</summary>
public enum RoutePolicy
{
    /// <summary>Wake the device, send over its TCP connection; then the sealed datagram.</summary>
    P4First,
    /// <summary>The sealed datagram when it fits and the address is validated; then the wake.</summary>
    FastFirst,
    /// <summary>Only over the device's TCP connection.</summary>
    P4Only,
    /// <summary>Only in the sealed datagram.</summary>
    FastOnly,
}
