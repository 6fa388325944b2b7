using System.Text.Json.Serialization;

namespace FastRelay.Load.Reports;

/// <summary>The JSON of the reports. The names in it are a contract: scripts read them.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(HeartbeatReport))]
[JsonSerializable(typeof(HandshakeReport))]
[JsonSerializable(typeof(RequestReport))]
internal sealed partial class ReportJson : JsonSerializerContext;
