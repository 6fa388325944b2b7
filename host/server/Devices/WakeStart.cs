namespace FastRelay.Server.Devices;

/// <summary>What became of the order to wake a device.</summary>
internal enum WakeStart
{
    /// <summary>WAKE is on its way.</summary>
    Started,
    /// <summary>The device has had its wakes of this minute (SPEC 10.1).</summary>
    Limited,
    /// <summary>The device isn't there any more.</summary>
    Away,
}
