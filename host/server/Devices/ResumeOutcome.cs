namespace FastRelay.Server.Devices;

/// <summary>What became of an authentic RESUME (SPEC 7.9). Values are dense, from 0, so that counters are an array.</summary>
internal enum ResumeOutcome
{
    /// <summary>A pending session was made for it.</summary>
    Pending,
    /// <summary>It was a repetition: the pending session is answered again.</summary>
    Repeated,
    /// <summary>There was no place; the device is told.</summary>
    Full,
    /// <summary>A heartbeat of the pending session came: it is the device's session now.</summary>
    Activated,
}
