using System.Text.Json.Serialization;

namespace FastRelay.Equipment.State;

/// <summary>Serialisation without reflection, so that trimming and native AOT keep it whole.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    WriteIndented = true)]
[JsonSerializable(typeof(DeviceStateDocument))]
[JsonSerializable(typeof(ReturnTicketDocument))]
internal sealed partial class DeviceStateJson : JsonSerializerContext;
