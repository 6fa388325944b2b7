using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace FastRelay.Cli.Output;

/// <summary>Standard output, for people or for programs: with <c>--json</c> each thing printed is one JSON object on one line.</summary>
internal sealed class Printer(bool json)
{
    /// <summary>Whether a program reads.</summary>
    public bool Json { get; } = json;

    /// <summary>Prints one thing in the form that was asked for, and flushes: what is read line by line must come line by line.</summary>
    public void Print<T>(T value, JsonTypeInfo<T> type, string text)
    {
        Console.Out.WriteLine(Json ? JsonSerializer.Serialize(value, type) : text);
        Console.Out.Flush();
    }
}
