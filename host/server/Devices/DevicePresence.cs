namespace FastRelay.Server.Devices;

/// <summary>Whether a device can be reached now.</summary>
internal enum DevicePresence
{
    /// <summary>Not in the list, or in it and its heartbeats don't come. The issuer isn't told which.</summary>
    Away,
    /// <summary>Its heartbeats come; its address isn't validated yet (SPEC 7.6).</summary>
    Online,
    /// <summary>Its heartbeats come from a validated address: CONNECT2_FAST may be sent (SPEC 7.8).</summary>
    Validated,
}
