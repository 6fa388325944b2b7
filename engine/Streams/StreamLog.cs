using Microsoft.Extensions.Logging;

namespace FastRelay.Engine.Streams;

/// <summary>The stream engine's log lines. Event ids 4100 to 4199; never reused.</summary>
internal static partial class StreamLog
{
    [LoggerMessage(4100, LogLevel.Warning, "Connections are carried by the portable backend, since the Linux one can't run here: {Reason}")]
    public static partial void BackendUnavailable(ILogger logger, string reason);
}
