using FastRelay.Load.Measurement;

namespace FastRelay.Load.Reports;

/// <summary>Handshakes of one kind: each on a TCP connection of its own, which is opened and closed within what is measured.</summary>
internal sealed record HandshakeFigures
{
    /// <summary>That the server completed.</summary>
    public required long Completed { get; init; }

    /// <summary>That failed at the client.</summary>
    public required long Failed { get; init; }

    public required double PerSecond { get; init; }

    public required double ServerCpuSeconds { get; init; }

    /// <summary>The share of its core that the server used. Far below 1 it is the generator that was measured.</summary>
    public required double ServerBusy { get; init; }

    public required double PerCpuSecond { get; init; }

    /// <summary>On the server's managed heap, a handshake.</summary>
    public required double AllocatedBytes { get; init; }

    /// <summary>From the connection's opening to its close.</summary>
    public required LatencyHistogram Times { get; init; }

    /// <summary>Handshakes a second over the run.</summary>
    public required RateSeries Rate { get; init; }

    /// <summary>The same for table, JSON and page.</summary>
    public FigureGroup ToGroup(string key, string title) => new(
        key, title,
        [
            Figure.Number("completed", "completed", Completed),
            Figure.Number("failed", "failed", Failed) with { Target = FigureTarget.AtMost(0) },
            Figure.Number("per_second", "per second", PerSecond),
            Figure.Number("server_cpu_seconds", "server CPU-seconds", ServerCpuSeconds, 2),
            Figure.Number("server_busy", "share of its core that the server used", ServerBusy, 2),
            Figure.Number("per_cpu_second", "per server CPU-second", PerCpuSecond),
            Figure.Number("allocated_bytes", "allocated by the server a handshake", AllocatedBytes, 0, "B"),
        ])
    {
        Latencies = [new LatencyDistribution("", "connect → closed", Times)],
    };
}
