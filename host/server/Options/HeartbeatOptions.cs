namespace FastRelay.Server.Options;

/// <summary>The heartbeat's rhythm and the life of a session (SPEC 6.3, 7, 10.1).</summary>
public sealed class HeartbeatOptions
{
    /// <summary>The interval told to devices. RFC 5626 4.4.1 uses 24 to 29 s for UDP, because many NATs forget after 30 s.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>Intervals without a heartbeat after which a device counts as offline.</summary>
    public int Missed { get; set; } = 3;

    /// <summary>Every how many heartbeats a device asks for its ack.</summary>
    public int AckEvery { get; set; } = 1;

    /// <summary>The life of a UDP session; then the device registers again.</summary>
    public TimeSpan SessionLifetime { get; set; } = TimeSpan.FromDays(7);

    /// <summary>The epoch of the tickets with which devices come back (SPEC 7.9). Another number revokes all that were given before.</summary>
    public int TicketEpoch { get; set; }
}
