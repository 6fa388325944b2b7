using FastRelay.Load.Measurement;
using FastRelay.Load.Requests;

namespace FastRelay.Load.Reports;

/// <summary>What a run of connection requests came to.</summary>
internal sealed record RequestReport
{
    public required RequestSettings Settings { get; init; }

    public required bool Pinned { get; init; }

    /// <summary>Heartbeats that the server took meanwhile.</summary>
    public required long Heartbeats { get; init; }

    /// <summary>ACKs that hadn't come after a second.</summary>
    public required long HeartbeatsLate { get; init; }

    public required double Seconds { get; init; }

    /// <summary>Requests whose stream carried a byte to the device and back.</summary>
    public required long Ok { get; init; }

    public required long Failed { get; init; }

    /// <summary>How often each way to fail came.</summary>
    public required IReadOnlyDictionary<string, long> Failures { get; init; }

    public required double ServerCpuSeconds { get; init; }

    public required double RequestsPerCpuSecond { get; init; }

    /// <summary>From the request to the accepted stream.</summary>
    public required LatencyHistogram AcceptedTimes { get; init; }

    /// <summary>From when the request was due to the byte's return and the stream's end.</summary>
    public required LatencyHistogram WholeTimes { get; init; }

    /// <summary>Requests a second over the run.</summary>
    public required RateSeries Series { get; init; }

    /// <summary>The same for table, JSON and page.</summary>
    public LoadReport ToReport() => new()
    {
        Name = "requests",
        Title = "From a request to the accepted stream, through the whole path",
        Parameters =
        [
            Figure.Number("asked", "devices that are asked for", Settings.Asked),
            Figure.Number("rate", "requests asked for per second", Settings.Rate),
            Figure.Number("devices", "devices that heartbeat meanwhile", Settings.Devices),
            Figure.Number("heartbeat_rate", "heartbeats asked for per second", Settings.Devices == 0 ? 0 : Settings.HeartbeatRate),
            Figure.Flag("pinned", "server on a core of its own", Pinned),
        ],
        Figures =
        [
            Figure.Number("seconds", "measured for", Seconds, 2, "s"),
            Figure.Number("ok", "streams that carried a byte there and back", Ok),
            Figure.Number("failed", "failed", Failed) with { Target = FigureTarget.AtMost(0) },
            Figure.Number("heartbeats_per_second", "heartbeats per second meanwhile", Heartbeats / Seconds),
            Figure.Number("heartbeats_late", "ACKs that hadn't come after a second", HeartbeatsLate),
            Figure.Number("server_cpu_seconds", "server CPU-seconds", ServerCpuSeconds, 2),
            Figure.Number("requests_per_cpu_second", "requests per server CPU-second", RequestsPerCpuSecond),
        ],
        Groups = [new FigureGroup("failures", "Ways to fail", [.. Failures.Select(f => Figure.Number(f.Key, f.Key, f.Value))])],
        Latencies =
        [
            new LatencyDistribution("accepted", "request → accepted stream", AcceptedTimes) { P99AtMostUs = 25_000 },
            new LatencyDistribution("whole", "due → a byte there and back, closed", WholeTimes),
        ],
        Series = [Series],
    };
}
