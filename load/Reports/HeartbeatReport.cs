using System.Text.Json.Serialization;
using static FastRelay.Load.Reports.ReportPrinter;

namespace FastRelay.Load.Reports;

/// <summary>What a heartbeat run came to. Bytes, seconds and microseconds are in the names.</summary>
internal sealed record HeartbeatReport
{
    public required int Devices { get; init; }

    public required int AckEvery { get; init; }

    public required int Window { get; init; }

    /// <summary>Whether the server, and the echo, had a processor core of their own.</summary>
    public required bool Pinned { get; init; }

    public required double Seconds { get; init; }

    /// <summary>Heartbeats sent.</summary>
    public required long Sent { get; init; }

    /// <summary>ACKs that came.</summary>
    public required long Acked { get; init; }

    /// <summary>Heartbeats that the server didn't take, and ACKs that it sent in vain.</summary>
    public required long Lost { get; init; }

    public required double HeartbeatsPerSecond { get; init; }

    /// <summary>User and system time of the server's process, from the kernel's accounting.</summary>
    public required double ServerCpuSeconds { get; init; }

    public required double HeartbeatsPerCpuSecond { get; init; }

    /// <summary>What the echo is; <see cref="EchoPerCpuSecond"/> means nothing without it.</summary>
    public required string EchoKind { get; init; }

    public required double EchoPerCpuSecond { get; init; }

    /// <summary>Heartbeats by echoes, each per CPU-second.</summary>
    public required double Ratio { get; init; }

    /// <summary>What the server's process grew by for each device, its garbage collected before and after.</summary>
    public required double ResidentBytesPerDevice { get; init; }

    public required double AllocatedBytesPerHeartbeat { get; init; }

    [JsonPropertyName("gen0_collections")]
    public required int Gen0Collections { get; init; }

    [JsonPropertyName("gen1_collections")]
    public required int Gen1Collections { get; init; }

    [JsonPropertyName("gen2_collections")]
    public required int Gen2Collections { get; init; }

    [JsonPropertyName("ack_p50_us")]
    public required double AckP50Us { get; init; }

    [JsonPropertyName("ack_p99_us")]
    public required double AckP99Us { get; init; }

    [JsonPropertyName("ack_p999_us")]
    public required double AckP999Us { get; init; }

    /// <summary>The same for a person.</summary>
    public IEnumerable<(string Name, string Text)> Rows() =>
    [
        ("devices", Number(Devices)),
        ("sent / acked / lost", $"{Number(Sent)} / {Number(Acked)} / {Number(Lost)}"),
        ("heartbeats per second", Number(HeartbeatsPerSecond)),
        ("server CPU-seconds", $"{Number(ServerCpuSeconds, 2)} of {Number(Seconds, 2)} s{(Pinned ? ", on a core of its own" : "")}"),
        ("heartbeats per server CPU-second", Number(HeartbeatsPerCpuSecond)),
        ($"echoes per CPU-second ({EchoKind})", Number(EchoPerCpuSecond)),
        ("ratio to that echo", Number(Ratio, 3)),
        ("resident bytes per device", Number(ResidentBytesPerDevice)),
        ("allocated bytes per heartbeat", Number(AllocatedBytesPerHeartbeat, 2)),
        ("collections of generation 0 / 1 / 2", $"{Gen0Collections} / {Gen1Collections} / {Gen2Collections}"),
        ($"ACK p50 / p99 / p99.9, µs, with {Window} under way", $"{Number(AckP50Us)} / {Number(AckP99Us)} / {Number(AckP999Us)}"),
    ];
}
