namespace FastRelay.Load.Processes;

/// <summary>What a server process had used at one moment.</summary>
/// <param name="Snapshot">What it says of itself.</param>
/// <param name="ProcessorTime">What the kernel says.</param>
internal readonly record struct ServerUsage(ServerSnapshot Snapshot, TimeSpan ProcessorTime);
