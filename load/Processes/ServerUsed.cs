namespace FastRelay.Load.Processes;

/// <summary>What a server process has used between two moments, and done for it. As <see cref="ServerSnapshot"/>.</summary>
internal sealed record ServerUsed
{
    public required long Heartbeats { get; init; }

    public required long Acks { get; init; }

    public required long Handshakes { get; init; }

    public required long Rejected { get; init; }

    public required long Exceptions { get; init; }

    public required long AllocatedBytes { get; init; }

    public required int Gen0 { get; init; }

    public required int Gen1 { get; init; }

    public required int Gen2 { get; init; }

    /// <summary>User and system time, from the kernel's accounting.</summary>
    public required TimeSpan ProcessorTime { get; init; }
}
