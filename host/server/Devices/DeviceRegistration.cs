using FastRelay.Protocol;
using FastRelay.Protocol.Records;

namespace FastRelay.Server.Devices;

/// <summary>A device that has proven its identity and asks to be in the list (SPEC 6.2).</summary>
/// <param name="Device">Its ID.</param>
/// <param name="Descriptor">Its verified descriptor, 226 bytes (SPEC 8.2).</param>
/// <param name="Source">Where it registers from: the first heartbeat from this address is bound at once (SPEC 7.6).</param>
/// <param name="Channel">The connection's channel, from whose exporter the session key comes (SPEC 6.3).</param>
internal sealed record DeviceRegistration(DeviceId Device, byte[] Descriptor, TransportAddress Source, SecureChannel Channel);
