using FastRelay.Engine.Interop.Linux;
using Microsoft.Extensions.Logging;

namespace FastRelay.Engine.Streams;

/// <summary>Chooses a backend.</summary>
internal static class StreamBackends
{
    /// <summary>Whether connections are carried by the epoll loop.</summary>
    /// <param name="asked">What was asked for.</param>
    /// <param name="logger">Is told when it can't be had.</param>
    public static bool UseEpoll(StreamBackend asked, ILogger? logger)
    {
        if (asked == StreamBackend.Portable || (asked == StreamBackend.Auto && !OperatingSystem.IsLinux())) return false;
        if (LinuxFeatures.WhyNoStreams is not { } reason) return true;
        if (logger is not null) StreamLog.BackendUnavailable(logger, reason);
        return false;
    }
}
