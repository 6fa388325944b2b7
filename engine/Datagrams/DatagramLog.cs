using Microsoft.Extensions.Logging;

namespace FastRelay.Engine.Datagrams;

/// <summary>The datagram engine's log lines. Event ids 4000 to 4099; never reused.</summary>
internal static partial class DatagramLog
{
    [LoggerMessage(4000, LogLevel.Warning, "Datagrams are carried by the portable backend, since the Linux one can't run here: {Reason}")]
    public static partial void BackendUnavailable(ILogger logger, string reason);

    [LoggerMessage(4001, LogLevel.Warning, "This kernel doesn't tell the address a datagram was sent to; on a host of several addresses an answer may leave from another one")]
    public static partial void NoLocalAddress(ILogger logger);

    [LoggerMessage(4002, LogLevel.Information, "This kernel doesn't tell how many datagrams it drops; the counter stays empty")]
    public static partial void NoKernelDrops(ILogger logger);

    [LoggerMessage(4003, LogLevel.Warning, "Datagrams can't be steered to their shard by their content here, so the kernel divides them by their source: {Reason}")]
    public static partial void NoSteering(ILogger logger, string reason);
}
