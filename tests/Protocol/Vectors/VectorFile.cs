using System.Text.Json;

namespace FastRelay.Protocol.Tests.Vectors;

/// <summary>Reads the known answers beside this file.</summary>
internal static class VectorFile
{
    public static JsonElement Read(string name)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Vectors", name)));
        return document.RootElement.Clone();
    }

    public static byte[] Hex(this JsonElement element, string name) => Convert.FromHexString(element.GetProperty(name).GetString()!);

    public static bool Flag(this JsonElement element, string name) => element.GetProperty(name).GetBoolean();

    public static JsonElement.ArrayEnumerator List(this JsonElement element, string name) => element.GetProperty(name).EnumerateArray();
}
