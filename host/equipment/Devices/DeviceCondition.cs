namespace FastRelay.Equipment;

/// <summary>What a device is doing.</summary>
public enum DeviceCondition
{
    /// <summary>It is getting in touch with its server, for the first time or again.</summary>
    Registering,
    /// <summary>The server answers its heartbeats: it can be reached.</summary>
    Online,
    /// <summary>It was disposed.</summary>
    Stopped,
}
