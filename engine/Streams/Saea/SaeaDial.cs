using System.Net;
using System.Net.Sockets;
using FastRelay.Engine.Interop;

namespace FastRelay.Engine.Streams.Saea;

/// <summary>An attempt to connect by the base library.</summary>
internal static class SaeaDial
{
    /// <summary>Dials; as <see cref="StreamConnector.ConnectAsync"/>.</summary>
    public static async ValueTask<ConnectOutcome> ConnectAsync(
        IPEndPoint remote, IPEndPoint? local, bool shareLocalPort, StreamConnectOptions options, CancellationToken cancellationToken)
    {
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
            return new ConnectOutcome(ConnectResult.Connected, new SaeaStreamConnection(socket, options), SocketError.Success);
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
        return StreamConnector.Fail(error);
    }

    /// <summary>
    /// TCP lets a socket that dials the port it is bound to on its own host connect to itself (RFC 9293 3.5, simultaneous
    /// open); an ephemeral port can hit that by chance when nobody listens.
    /// </summary>
    private static bool IsConnectedToItself(Socket socket) => socket.LocalEndPoint!.Equals(socket.RemoteEndPoint);
}
