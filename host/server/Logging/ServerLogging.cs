using FastRelay.Server.Options;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace FastRelay.Server.Logging;

/// <summary>Makes the log that the options ask for. It goes to standard error: standard output is for what the command prints.</summary>
public static class ServerLogging
{
    /// <summary>The caller disposes the factory, which writes out what is queued.</summary>
    public static ILoggerFactory Create(LogOptions options, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        return LoggerFactory.Create(log =>
        {
            log.SetMinimumLevel(options.Level);
            log.AddFilter("Microsoft", LogLevel.Warning);
            log.AddConsole(console =>
            {
                console.FormatterName = options.Format == LogFormat.Json ? LogJsonFormatter.FormatterName : LogLineFormatter.FormatterName;
                console.LogToStandardErrorThreshold = LogLevel.Trace;
                console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite;
            });
            log.Services.AddSingleton(time ?? TimeProvider.System);
            log.Services.AddSingleton<ConsoleFormatter, LogLineFormatter>();
            log.Services.AddSingleton<ConsoleFormatter, LogJsonFormatter>();
        });
    }
}
