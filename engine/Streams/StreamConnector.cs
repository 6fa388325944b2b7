using System.Net;
using System.Net.Sockets;
using FastRelay.Engine.Streams.Epoll;
using FastRelay.Engine.Streams.Saea;

namespace FastRelay.Engine.Streams;

/// <summary>Dials TCP connections. What a network may do to an attempt is a result, not an exception.</summary>
public static class StreamConnector
{
    /// <summary>Dials.</summary>
    /// <param name="remote">The peer.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <param name="cancellationToken">Gives the attempt up.</param>
    /// <returns>The connection, owned by the caller, or why there is none.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ArgumentException">The local address isn't of the remote's family.</exception>
    public static ValueTask<ConnectOutcome> ConnectAsync(
        IPEndPoint remote, StreamConnectOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(remote);
        options ??= new StreamConnectOptions();
        return DialAsync(remote, LocalFor(remote, options.LocalEndPoint), options.ShareLocalPort, options, cancellationToken);
    }

    internal static ValueTask<ConnectOutcome> DialAsync(
        IPEndPoint remote, IPEndPoint? local, bool shareLocalPort, StreamConnectOptions options, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<ConnectOutcome>(cancellationToken);
        return StreamBackends.UseEpoll(options.Backend, logger: null)
            ? EpollDial.ConnectAsync(remote, local, shareLocalPort, options, cancellationToken)
            : SaeaDial.ConnectAsync(remote, local, shareLocalPort, options, cancellationToken);
    }

    internal static ConnectOutcome Fail(SocketError error) => new(ToResult(error), null, error);

    private static ConnectResult ToResult(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => ConnectResult.Refused,
        SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.HostDown or SocketError.NetworkDown
            or SocketError.HostNotFound or SocketError.AccessDenied => ConnectResult.Unreachable,
        SocketError.TimedOut => ConnectResult.TimedOut,
        SocketError.AddressAlreadyInUse or SocketError.AddressNotAvailable => ConnectResult.LocalAddressInUse,
        _ => ConnectResult.Failed,
    };

    internal static IPEndPoint? LocalFor(IPEndPoint remote, IPEndPoint? local)
    {
        if (local is null || local.AddressFamily == remote.AddressFamily) return local;
        if (local.Address.Equals(IPAddress.IPv6Any)) return new IPEndPoint(IPAddress.Any, local.Port);
        if (local.Address.Equals(IPAddress.Any)) return new IPEndPoint(IPAddress.IPv6Any, local.Port);
        throw new ArgumentException("The local address isn't of the remote address's family.", nameof(local));
    }
}
