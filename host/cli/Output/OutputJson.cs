using System.Text.Json.Serialization;

namespace FastRelay.Cli.Output;

/// <summary>Serialisation of what <c>--json</c> prints, without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(VersionRecord))]
[JsonSerializable(typeof(IdRecord))]
[JsonSerializable(typeof(ServeRecord))]
[JsonSerializable(typeof(DeviceRecord))]
[JsonSerializable(typeof(ConnectRecord))]
[JsonSerializable(typeof(PingRecord))]
[JsonSerializable(typeof(DemoStepRecord))]
[JsonSerializable(typeof(DemoOutcomeRecord))]
internal sealed partial class OutputJson : JsonSerializerContext;
