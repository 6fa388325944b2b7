using FastRelay.Engine.Datagrams.Epoll;
using FastRelay.Engine.Datagrams.Saea;
using FastRelay.Engine.Interop.Linux;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FastRelay.Engine.Datagrams;

/// <summary>Makes datagram loops.</summary>
public static class DatagramLoop
{
    /// <summary>Why this system can't steer datagrams by their content (<see cref="DatagramLoopOptions.Steering"/>); null when it can. Found out once.</summary>
    public static string? WhyNoSteering => PortSteering.WhyUnsupported;

    /// <summary>Binds a socket and readies a loop on it; <see cref="DatagramLoop{THandler}.Start"/> sets it going.</summary>
    /// <param name="handler">The shard's work; the loop keeps it, in place.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <param name="logger">Is told, once, what this system lacks. Null: nobody is.</param>
    /// <exception cref="System.Net.Sockets.SocketException">The address can't be bound.</exception>
    /// <exception cref="ArgumentException">The options contradict each other.</exception>
    public static DatagramLoop<THandler> Bind<THandler>(THandler handler, DatagramLoopOptions? options = null, ILogger? logger = null)
        where THandler : struct, IDatagramHandler
    {
        options ??= new DatagramLoopOptions();
        logger ??= NullLogger.Instance;
        if (options.Backend == DatagramBackend.Portable || (options.Backend == DatagramBackend.Auto && !OperatingSystem.IsLinux()))
            return new SaeaDatagramLoop<THandler>(handler, options, logger);
        if (LinuxFeatures.WhyNoBatches is { } reason)
        {
            DatagramLog.BackendUnavailable(logger, reason);
            return new SaeaDatagramLoop<THandler>(handler, options, logger);
        }
        return new EpollDatagramLoop<THandler>(handler, options, logger);
    }
}
