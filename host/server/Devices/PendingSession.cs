using FastRelay.Protocol;

namespace FastRelay.Server.Devices;

/// <summary>What an authentic RESUME asks for (SPEC 7.9).</summary>
/// <param name="Device">Whose it is.</param>
/// <param name="RegisteredIp">From where the device registered by TCP.</param>
/// <param name="Record">Where its descriptor stands.</param>
/// <param name="SecondsLeft">For how long the session may last.</param>
/// <param name="ClientNonce">By which a repetition is known.</param>
/// <param name="Source">Where the RESUME came from.</param>
internal readonly record struct PendingSession(
    DeviceId Device, UInt128 RegisteredIp, uint Record, uint SecondsLeft, UInt128 ClientNonce, TransportAddress Source);
