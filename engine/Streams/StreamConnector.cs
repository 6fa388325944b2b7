using System.Net;
using System.Net.Sockets;
using FastRelay.Engine.Interop;

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

    internal static async ValueTask<ConnectOutcome> DialAsync(
        IPEndPoint remote, IPEndPoint? local, bool shareLocalPort, StreamConnectOptions options, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();

        Socket? socket = null;
        try
        {
            socket = new Socket(remote.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            if (local is not null)
            {
                if (shareLocalPort) SocketOptions.ShareLocalPort(socket);
                socket.Bind(local);
            }
            using var timeout = new CancellationTokenSource(options.Timeout, options.TimeProvider);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
            await socket.ConnectAsync(remote, either.Token).ConfigureAwait(false);
            if (IsConnectedToItself(socket)) return Fail(socket, SocketError.ConnectionRefused);
            return new ConnectOutcome(ConnectResult.Connected, new StreamConnection(socket, options), SocketError.Success);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Fail(socket, SocketError.TimedOut);
        }
        catch (SocketException e)
        {
            return Fail(socket, e.SocketErrorCode);
        }
        catch
        {
            socket?.Dispose();
            throw;
        }
    }

    private static ConnectOutcome Fail(Socket? socket, SocketError error)
    {
        socket?.Dispose();
        return new ConnectOutcome(ToResult(error), null, error);
    }

    private static ConnectResult ToResult(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => ConnectResult.Refused,
        SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.HostDown or SocketError.NetworkDown
            or SocketError.HostNotFound or SocketError.AccessDenied => ConnectResult.Unreachable,
        SocketError.TimedOut => ConnectResult.TimedOut,
        SocketError.AddressAlreadyInUse or SocketError.AddressNotAvailable => ConnectResult.LocalAddressInUse,
        _ => ConnectResult.Failed,
    };

    /// <summary>
    /// TCP lets a socket that dials the port it is bound to on its own host connect to itself (RFC 9293 3.5, simultaneous
    /// open); an ephemeral port can hit that by chance when nobody listens.
    /// </summary>
    private static bool IsConnectedToItself(Socket socket) => socket.LocalEndPoint!.Equals(socket.RemoteEndPoint);

    internal static IPEndPoint? LocalFor(IPEndPoint remote, IPEndPoint? local)
    {
        if (local is null || local.AddressFamily == remote.AddressFamily) return local;
        if (local.Address.Equals(IPAddress.IPv6Any)) return new IPEndPoint(IPAddress.Any, local.Port);
        if (local.Address.Equals(IPAddress.Any)) return new IPEndPoint(IPAddress.IPv6Any, local.Port);
        throw new ArgumentException("The local address isn't of the remote address's family.", nameof(local));
    }
}
