using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace FastRelay.Server.Logging;

/// <summary>One event, one JSON object on one line: <c>time level category id event message</c>, and the event's fields under <c>fields</c>.</summary>
public sealed class LogJsonFormatter(TimeProvider time) : ConsoleFormatter(FormatterName)
{
    /// <summary>The name under which the formatter is registered.</summary>
    public const string FormatterName = "fastrelay-json";

    /// <inheritdoc/>
    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("time", time.GetUtcNow().UtcDateTime);
            json.WriteString("level", LogLineFormatter.LevelWord(logEntry.LogLevel));
            json.WriteString("category", logEntry.Category);
            json.WriteNumber("id", logEntry.EventId.Id);
            json.WriteString("event", logEntry.EventId.Name);
            json.WriteString("message", logEntry.Formatter(logEntry.State, logEntry.Exception));
            if (logEntry.Exception is not null) json.WriteString("exception", logEntry.Exception.ToString());
            WriteFields(json, logEntry.State as IReadOnlyCollection<KeyValuePair<string, object?>>);
            json.WriteEndObject();
        }
        textWriter.Write(Encoding.UTF8.GetString(buffer.WrittenSpan));
        textWriter.Write('\n');
    }

    private static void WriteFields(Utf8JsonWriter json, IReadOnlyCollection<KeyValuePair<string, object?>>? fields)
    {
        if (fields is null) return;
        json.WriteStartObject("fields");
        foreach (var (name, value) in fields)
        {
            if (name == "{OriginalFormat}") continue;
            switch (value)
            {
                case long or int or uint or ushort or byte:
                    json.WriteNumber(name, Convert.ToInt64(value, CultureInfo.InvariantCulture));
                    break;
                case DateTimeOffset moment:
                    json.WriteString(name, moment);
                    break;
                case bool truth:
                    json.WriteBoolean(name, truth);
                    break;
                default:
                    json.WriteString(name, Convert.ToString(value, CultureInfo.InvariantCulture));
                    break;
            }
        }
        json.WriteEndObject();
    }
}
