namespace FastRelay.Server.Requests;

/// <summary>One way of the second connection request signal to the device.</summary>
internal enum Route
{
    /// <summary>WAKE, then CONNECT2 over the device's TCP connection.</summary>
    P4,
    /// <summary>CONNECT2_FAST, one sealed datagram.</summary>
    Fast,
}
