using Microsoft.Extensions.Logging;

namespace FastRelay.Server.Options;

/// <summary>The log's form and its threshold.</summary>
public sealed class LogOptions
{
    /// <summary>One line of text, or one JSON object, an event.</summary>
    public LogFormat Format { get; set; } = LogFormat.Console;

    /// <summary>Events below it aren't written.</summary>
    public LogLevel Level { get; set; } = LogLevel.Information;
}
