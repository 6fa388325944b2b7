namespace FastRelay.Equipment.State;

/// <summary>The device's state file as JSON; bytes are base64, keys are PKCS #8.</summary>
internal sealed class DeviceStateDocument
{
    public int Version { get; set; }
    public byte[]? IdentityKey { get; set; }
    public byte[]? AgreementKey { get; set; }
    public byte[]? Salt { get; set; }
    public int Iterations { get; set; }
    public byte[]? StoredKey { get; set; }
}
