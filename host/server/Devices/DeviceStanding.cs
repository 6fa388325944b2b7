using FastRelay.Protocol;

namespace FastRelay.Server.Devices;

/// <summary>What a look-up finds: how a device can be reached, and where.</summary>
/// <param name="Presence">Whether it is there.</param>
/// <param name="Address">The address and port associated with it; default when it is away.</param>
internal readonly record struct DeviceStanding(DevicePresence Presence, TransportAddress Address);
