namespace FastRelay.Load.Processes;

/// <summary>What a server process had used at one moment.</summary>
/// <param name="Snapshot">What it says of itself.</param>
/// <param name="ProcessorTime">What the kernel says.</param>
internal readonly record struct ServerUsage(ServerSnapshot Snapshot, TimeSpan ProcessorTime)
{
    /// <summary>What it has used between an earlier moment and this one.</summary>
    public ServerUsed Since(in ServerUsage earlier)
    {
        var before = earlier.Snapshot;
        return new ServerUsed
        {
            Heartbeats = Snapshot.Heartbeats - before.Heartbeats,
            Acks = Snapshot.Acks - before.Acks,
            Handshakes = Snapshot.Handshakes - before.Handshakes,
            Rejected = Snapshot.Rejected - before.Rejected,
            Exceptions = Snapshot.Exceptions - before.Exceptions,
            AllocatedBytes = Snapshot.AllocatedBytes - before.AllocatedBytes,
            Gen0 = Snapshot.Gen0 - before.Gen0,
            Gen1 = Snapshot.Gen1 - before.Gen1,
            Gen2 = Snapshot.Gen2 - before.Gen2,
            ProcessorTime = ProcessorTime - earlier.ProcessorTime,
        };
    }
}
