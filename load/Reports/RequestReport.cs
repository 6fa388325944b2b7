using System.Text.Json.Serialization;
using static FastRelay.Load.Reports.ReportPrinter;

namespace FastRelay.Load.Reports;

/// <summary>What a run of connection requests came to.</summary>
internal sealed record RequestReport
{
    public required int Devices { get; init; }

    public required bool Pinned { get; init; }

    /// <summary>Requests a second that were asked for.</summary>
    public required int Rate { get; init; }

    public required double Seconds { get; init; }

    /// <summary>Requests whose stream carried a byte to the device and back.</summary>
    public required long Ok { get; init; }

    public required long Failed { get; init; }

    /// <summary>How often each way to fail came.</summary>
    public required IReadOnlyDictionary<string, long> Failures { get; init; }

    public required double ServerCpuSeconds { get; init; }

    public required double RequestsPerCpuSecond { get; init; }

    /// <summary>From the request to the accepted stream.</summary>
    [JsonPropertyName("accepted_p50_us")]
    public required double AcceptedP50Us { get; init; }

    [JsonPropertyName("accepted_p99_us")]
    public required double AcceptedP99Us { get; init; }

    [JsonPropertyName("accepted_p999_us")]
    public required double AcceptedP999Us { get; init; }

    /// <summary>From when the request was due to the byte's return and the stream's end.</summary>
    [JsonPropertyName("whole_p50_us")]
    public required double WholeP50Us { get; init; }

    [JsonPropertyName("whole_p99_us")]
    public required double WholeP99Us { get; init; }

    [JsonPropertyName("whole_p999_us")]
    public required double WholeP999Us { get; init; }

    /// <summary>The same for a person.</summary>
    public IEnumerable<(string Name, string Text)> Rows() =>
    [
        ("devices", Number(Devices)),
        ("requests per second asked for", Number(Rate)),
        ("ok / failed", $"{Number(Ok)} / {Number(Failed)}{string.Concat(Failures.Select(f => $", {f.Key} {f.Value}"))}"),
        ("request → accepted stream p50 / p99 / p99.9, ms", $"{Number(AcceptedP50Us / 1000, 2)} / {Number(AcceptedP99Us / 1000, 2)} / {Number(AcceptedP999Us / 1000, 2)}"),
        ("due → a byte there and back, closed p50 / p99 / p99.9, ms", $"{Number(WholeP50Us / 1000, 2)} / {Number(WholeP99Us / 1000, 2)} / {Number(WholeP999Us / 1000, 2)}"),
        ("server CPU-seconds", Number(ServerCpuSeconds, 2)),
        ("requests per server CPU-second", Number(RequestsPerCpuSecond)),
    ];
}
