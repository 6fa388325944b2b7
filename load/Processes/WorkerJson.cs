using System.Text.Json;
using System.Text.Json.Serialization;
using FastRelay.Load.Measurement;

namespace FastRelay.Load.Processes;

/// <summary>The JSON of the words between this process and its workers.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(WorkerReady))]
[JsonSerializable(typeof(ServerSnapshot))]
[JsonSerializable(typeof(PeerReady))]
[JsonSerializable(typeof(BareFigures))]
internal sealed partial class WorkerJson : JsonSerializerContext;
