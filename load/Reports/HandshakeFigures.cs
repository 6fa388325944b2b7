using System.Text.Json.Serialization;
using static FastRelay.Load.Reports.ReportPrinter;

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

    public required double PerCpuSecond { get; init; }

    [JsonPropertyName("p50_us")]
    public required double P50Us { get; init; }

    [JsonPropertyName("p99_us")]
    public required double P99Us { get; init; }

    [JsonPropertyName("p999_us")]
    public required double P999Us { get; init; }

    /// <summary>The same for a person.</summary>
    public IEnumerable<(string Name, string Text)> Rows(string kind) =>
    [
        ($"{kind}: completed / failed", $"{Number(Completed)} / {Number(Failed)}"),
        ($"{kind}: per second / per server CPU-second", $"{Number(PerSecond)} / {Number(PerCpuSecond)}"),
        ($"{kind}: p50 / p99 / p99.9, ms", $"{Number(P50Us / 1000, 2)} / {Number(P99Us / 1000, 2)} / {Number(P999Us / 1000, 2)}"),
    ];
}
