using FastRelay.Load.Measurement;

namespace FastRelay.Load.Reports;

/// <summary>What a heartbeat run came to. Bytes, seconds and microseconds are in the names.</summary>
internal sealed record HeartbeatReport
{
    public required int Devices { get; init; }

    public required int AckEvery { get; init; }

    public required int Window { get; init; }

    /// <summary>The heartbeat interval of devices that keep to one; null for a closed loop.</summary>
    public required TimeSpan? Interval { get; init; }

    /// <summary>Whether the server, and the echo, had a processor core of their own.</summary>
    public required bool Pinned { get; init; }

    public required double Seconds { get; init; }

    /// <summary>Heartbeats sent.</summary>
    public required long Sent { get; init; }

    /// <summary>ACKs that came.</summary>
    public required long Acked { get; init; }

    /// <summary>Heartbeats that the server didn't take, and ACKs that it sent in vain.</summary>
    public required long Lost { get; init; }

    /// <summary>Datagrams that the kernel threw away because the server's socket was full; null where it doesn't tell.</summary>
    public required long? KernelDrops { get; init; }

    /// <summary>ACKs that hadn't come after a second.</summary>
    public required long Late { get; init; }

    public required double HeartbeatsPerSecond { get; init; }

    /// <summary>User and system time of the server's process, from the kernel's accounting.</summary>
    public required double ServerCpuSeconds { get; init; }

    public required double HeartbeatsPerCpuSecond { get; init; }

    /// <summary>What the echo is; <see cref="EchoPerCpuSecond"/> means nothing without it.</summary>
    public required string EchoKind { get; init; }

    public required double EchoPerCpuSecond { get; init; }

    /// <summary>The share of its time that the echo had work: near 1 it was the echo that was measured, not the generator.</summary>
    public required double EchoBusy { get; init; }

    /// <summary>Heartbeats by echoes, each per CPU-second.</summary>
    public required double Ratio { get; init; }

    /// <summary>What the server's process grew by for each device, its garbage collected before and after.</summary>
    public required double ResidentBytesPerDevice { get; init; }

    public required double AllocatedBytesPerHeartbeat { get; init; }

    public required int Gen0Collections { get; init; }

    public required int Gen1Collections { get; init; }

    public required int Gen2Collections { get; init; }

    /// <summary>From a heartbeat's sending to its ACK.</summary>
    public required LatencyHistogram AckTimes { get; init; }

    /// <summary>Heartbeats a second over the run.</summary>
    public required RateSeries Rate { get; init; }

    /// <summary>What 1 is in <see cref="Ratio"/>, and what the issue asks of it: the echo answers each datagram, a server with ack_every 8 every eighth.</summary>
    private FigureTarget? RatioTarget => Interval is not null ? null : AckEvery switch { 1 => FigureTarget.AtLeast(0.85), 8 => FigureTarget.AtLeast(1.6), _ => null };

    /// <summary>Asked for at a million; with few devices the runtime's own growth is most of it.</summary>
    private FigureTarget? ResidentTarget => Devices >= 1_000_000 ? FigureTarget.AtMost(200) : null;

    /// <summary>The same for table, JSON and page.</summary>
    public LoadReport ToReport() => new()
    {
        Name = "heartbeats",
        Title = "Authenticated heartbeats per server CPU-second, against a bare echo",
        Parameters =
        [
            Figure.Number("devices", "devices", Devices),
            Figure.Number("ack_every", "heartbeats for each ACK", AckEvery),
            Interval is { } interval
                ? Figure.Number("interval_seconds", "heartbeat interval", interval.TotalSeconds, 1, "s")
                : Figure.Number("window", "ACKs awaited at once", Window),
            Figure.Flag("pinned", "server and echo on a core of their own", Pinned),
        ],
        Figures =
        [
            Figure.Number("seconds", "measured for", Seconds, 2, "s"),
            Figure.Number("sent", "sent", Sent),
            Figure.Number("acked", "ACKs that came", Acked),
            Figure.Number("lost", "lost", Lost) with { Target = FigureTarget.AtMost(0) },
            Figure.Number("kernel_drops", "of them dropped by the kernel before the server", KernelDrops ?? double.NaN),
            Figure.Number("late", "ACKs that hadn't come after a second", Late),
            Figure.Number("heartbeats_per_second", "heartbeats per second", HeartbeatsPerSecond),
            Figure.Number("server_cpu_seconds", "server CPU-seconds", ServerCpuSeconds, 2),
            Figure.Number("heartbeats_per_cpu_second", "heartbeats per server CPU-second", HeartbeatsPerCpuSecond),
            Figure.Words("echo_kind", "the echo", EchoKind),
            Figure.Number("echo_per_cpu_second", "echoes per CPU-second", EchoPerCpuSecond),
            Figure.Number("server_busy", "share of its core that the server used", ServerCpuSeconds / Seconds, 2),
            Figure.Number("echo_busy", "share of its core that the echo used", EchoBusy, 2),
            Figure.Ratio("ratio", "heartbeats by echoes, per CPU-second", Ratio, "the echo", RatioTarget),
            Figure.Number("resident_bytes_per_device", "resident bytes per device", ResidentBytesPerDevice) with { Target = ResidentTarget },
            Figure.Number("allocated_bytes_per_heartbeat", "allocated bytes per heartbeat", AllocatedBytesPerHeartbeat, 2),
            Figure.Number("gen0_collections", "collections of generation 0", Gen0Collections),
            Figure.Number("gen1_collections", "collections of generation 1", Gen1Collections),
            Figure.Number("gen2_collections", "collections of generation 2", Gen2Collections) with { Target = FigureTarget.AtMost(0) },
        ],
        Latencies = [new LatencyDistribution("ack", "heartbeat → ACK", AckTimes)],
        Series = [Rate],
        Comparisons = [new Comparison("Per server CPU-second", "datagrams answered for", [("heartbeats", HeartbeatsPerCpuSecond), ("echoes", EchoPerCpuSecond)])],
        Notes =
        [
            Interval is null
                ? "The ACK time is that of a closed loop and a saturated server: mostly queue."
                : "Devices keep to their interval, so the server is mostly idle, and wakes for few datagrams at once: the ratio to the busy echo says little.",
        ],
    };
}
