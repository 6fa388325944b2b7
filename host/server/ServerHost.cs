using System.Runtime.InteropServices;
using FastRelay.Protocol;
using FastRelay.Protocol.Tracing;
using FastRelay.Server.Logging;
using FastRelay.Server.Options;

namespace FastRelay.Server;

/// <summary>Runs a server as a process does: its log, its signals, its service manager.</summary>
public static class ServerHost
{
    /// <summary>
    /// Starts a server, tells <paramref name="onStarted"/>, and stops it cleanly at SIGTERM, SIGINT or <paramref name="cancellation"/>.
    /// A second signal during the stop ends the process the hard way, as the system does by default.
    /// </summary>
    /// <param name="options">Validated at the start.</param>
    /// <param name="onStarted">Is told when the server takes work: the place to print what clients need.</param>
    /// <param name="observer">Is told of each signal of the TCP plane, and of WAKE and CONNECT2_FAST.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>True when it stopped because it was told to; false when one of its loops died, which the log has.</returns>
    /// <exception cref="OptionException">An option isn't allowed.</exception>
    /// <exception cref="Data.DataDirectoryException">The data directory can't be used.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">The address can't be bound.</exception>
    /// <exception cref="IOException">The HTTP address can't be bound.</exception>
    public static Task<bool> RunAsync(
        RelayServerOptions options, Action<RelayServer>? onStarted = null, ISignalObserver? observer = null, CancellationToken cancellation = default) =>
        RunAsync(options, onStarted, observer, entropy: null, cancellation);

    internal static async Task<bool> RunAsync(
        RelayServerOptions options, Action<RelayServer>? onStarted, ISignalObserver? observer, IEntropy? entropy, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(options);
        using var logs = ServerLogging.Create(options.Log);
        using var told = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);

        var server = await RelayServer.StartAsync(options, logs, observer: observer, entropy: entropy, cancellation: cancellation);
        await using (server)
        {
            ServiceManager.Notify("READY=1");
            onStarted?.Invoke(server);
            var stop = Task.Delay(Timeout.InfiniteTimeSpan, told.Token);
            bool wasTold = await Task.WhenAny(stop, server.Completion) == stop;
            ServiceManager.Notify("STOPPING=1");
            await server.StopAsync(CancellationToken.None);
            return wasTold;
        }

        void Stop(PosixSignalContext context)
        {
            if (told.IsCancellationRequested) return;
            context.Cancel = true;
            told.Cancel();
        }
    }
}
