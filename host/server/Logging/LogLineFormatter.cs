using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace FastRelay.Server.Logging;

/// <summary>One event, one line: <c>2026-01-01T00:00:00.000Z info 1001 The server listens on 0.0.0.0:7800.</c> Nothing in it can start a line of its own.</summary>
public sealed class LogLineFormatter(TimeProvider time) : ConsoleFormatter(FormatterName)
{
    /// <summary>The name under which the formatter is registered.</summary>
    public const string FormatterName = "fastrelay-line";

    /// <inheritdoc/>
    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        string message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        textWriter.Write(time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        textWriter.Write(' ');
        textWriter.Write(LevelWord(logEntry.LogLevel));
        textWriter.Write(' ');
        textWriter.Write(logEntry.EventId.Id.ToString(CultureInfo.InvariantCulture));
        textWriter.Write(' ');
        textWriter.Write(LogText.Escape(message));
        if (logEntry.Exception is not null)
        {
            textWriter.Write(' ');
            textWriter.Write(LogText.Escape(logEntry.Exception.ToString()));
        }
        textWriter.Write('\n');
    }

    internal static string LevelWord(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "error",
        _ => "critical",
    };
}
