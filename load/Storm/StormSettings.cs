namespace FastRelay.Load.Storm;

/// <summary>What a run of <c>resume-storm</c> is asked for.</summary>
internal sealed record StormSettings
{
    /// <summary>Devices that lose their server.</summary>
    public required int Devices { get; init; }

    /// <summary>The heartbeat interval.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary>How long they heartbeat before.</summary>
    public required TimeSpan Before { get; init; }

    /// <summary>Whether all come back the moment that the server is there again, as fast as it takes them; else each when it finds out.</summary>
    public bool AtOnce { get; init; }

    /// <summary>With <see cref="AtOnce"/>: devices on their way at once.</summary>
    public int Window { get; init; } = 256;
}
