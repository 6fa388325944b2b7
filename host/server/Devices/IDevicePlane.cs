using FastRelay.Protocol;

namespace FastRelay.Server.Devices;

/// <summary>
/// The equipment list as connections see it: each call is carried out by the device's home shard, which alone reads and writes its part of the list.
/// </summary>
internal interface IDevicePlane
{
    /// <summary>Stores a device, over an earlier session of the same device.</summary>
    ValueTask<RegistrationOutcome> RegisterAsync(DeviceRegistration registration);

    /// <summary>The descriptor the device registered with; null when the device isn't in the list.</summary>
    ValueTask<byte[]?> DescriptorAsync(DeviceId device);

    /// <summary>Searches the list by ID: whether the device is there now, and at which address and port.</summary>
    ValueTask<DeviceStanding> FindAsync(DeviceId device);

    /// <summary>Sends WAKE until it is answered or called off (SPEC 7.7).</summary>
    ValueTask<WakeStart> WakeAsync(DeviceId device, ulong wakeId, TimeSpan ttl);

    /// <summary>The device has begun to connect: the wake isn't repeated.</summary>
    void WakeHeard(ulong wakeId);

    /// <summary>No WAKE need be sent any more.</summary>
    void CallOffWake(DeviceId device, ulong wakeId);

    /// <summary>Sends CONNECT2_FAST until it is answered or called off (SPEC 7.8).</summary>
    /// <param name="device">The device.</param>
    /// <param name="requestId">The request that <paramref name="content"/> is.</param>
    /// <param name="content">The content of CONNECT2; must not change.</param>
    void SendFast(DeviceId device, ulong requestId, ReadOnlyMemory<byte> content);

    /// <summary>No CONNECT2_FAST of this request need be sent any more.</summary>
    void CallOffFast(DeviceId device, ulong requestId);
}
