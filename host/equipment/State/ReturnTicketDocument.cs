namespace FastRelay.Equipment.State;

/// <summary>The ticket file as JSON; bytes are base64.</summary>
internal sealed class ReturnTicketDocument
{
    public int Version { get; set; }
    public string? Server { get; set; }
    public string? EndPoint { get; set; }
    public byte[]? Ticket { get; set; }
    public byte[]? AuthKey { get; set; }
    public byte[]? RootKey { get; set; }
    public byte[]? Descriptor { get; set; }
    public int Steer { get; set; }
    public long IssuedUnixMs { get; set; }
    public long ExpiresUnixMs { get; set; }
}
