using FastRelay.Load.Forged;
using FastRelay.Load.Processes;
using FastRelay.Load.Swarm;

namespace FastRelay.Load.Reports;

/// <summary>What a flood of forged datagrams came to, and what it did to real devices.</summary>
internal sealed record ForgedReport
{
    public required ForgedSettings Settings { get; init; }

    public required bool Pinned { get; init; }

    public required TimeSpan Elapsed { get; init; }

    /// <summary>Forged datagrams that the kernel took from the attacker.</summary>
    public required long ForgedSent { get; init; }

    /// <summary>Datagrams, forged or not, that the kernel dropped on the server's socket; null where it doesn't tell.</summary>
    public required long? KernelDrops { get; init; }

    /// <summary>What the real devices counted.</summary>
    public required SwarmCounts Devices { get; init; }

    /// <summary>What the server used.</summary>
    public required ServerUsed Server { get; init; }

    /// <summary>The same for table, JSON and page.</summary>
    public LoadReport ToReport() => new()
    {
        Name = "forged",
        Title = "Forged datagrams as fast as the kernel takes them, beside real devices",
        Parameters =
        [
            Figure.Number("devices", "devices", Settings.Devices),
            Figure.Number("interval_seconds", "heartbeat interval", Settings.Interval.TotalSeconds, 1, "s"),
            Figure.Flag("pinned", "server on a core of its own", Pinned),
        ],
        Figures =
        [
            Figure.Number("seconds", "measured for", Elapsed.TotalSeconds, 2, "s"),
            Figure.Number("forged_sent", "forged datagrams sent", ForgedSent),
            Figure.Number("forged_per_second", "forged datagrams per second", ForgedSent / Elapsed.TotalSeconds),
            Figure.Number("rejected", "datagrams that the server rejected", Server.Rejected),
            Figure.Number("kernel_drops", "datagrams that the kernel dropped before the server", KernelDrops ?? double.NaN),
            Figure.Number("kernel_drop_share", "share of all datagrams that the kernel dropped", KernelDropShare, 5),
            Figure.Number("sent", "heartbeats sent", Devices.Sent),
            Figure.Number("taken", "heartbeats that the server took", Server.Heartbeats),
            Figure.Number("device_loss_share", "share of the heartbeats that was lost", LossShare, 5) with { Target = FigureTarget.AtMost(KernelDropShare) },
            Figure.Number("lost_acks", "ACKs sent that didn't come in time", Server.Acks - Devices.Replied),
            Figure.Number("server_cpu_seconds", "server CPU-seconds", Server.ProcessorTime.TotalSeconds, 2),
            Figure.Number("server_busy", "share of its core that the server used", Server.ProcessorTime / Elapsed, 2),
            Figure.Number("allocated_bytes_per_forged", "allocated bytes per forged datagram", (double)Server.AllocatedBytes / Math.Max(1, Server.Rejected), 4),
            Figure.Number("exceptions", "exceptions in the server", Server.Exceptions) with { Target = FigureTarget.AtMost(0) },
            Figure.Number("gen2_collections", "collections of generation 2", Server.Gen2) with { Target = FigureTarget.AtMost(0) },
        ],
        Latencies = [new LatencyDistribution("ack", "heartbeat → ACK", Devices.ReplyTimes)],
        Notes =
        [
            "Forged were, as many of each: " + string.Join("; ", ForgedFlood.Kinds) + ".",
            "A heartbeat whose ACK doesn't come is sent again, so the heartbeats sent are more than the devices and the interval make.",
        ],
    };

    private double LossShare => 1 - ((double)Server.Heartbeats / Devices.Sent);

    private double KernelDropShare => (double)(KernelDrops ?? 0) / (ForgedSent + Devices.Sent);
}
