using System.Net;
using System.Net.Sockets;
using FastRelay.Engine.Interop;

namespace FastRelay.Engine.Streams;

/// <summary>Listens on a TCP port and makes a <see cref="StreamConnection"/> of each connection it accepts.</summary>
public sealed class StreamListener : IAsyncDisposable
{
    /// <summary>Connections passed over in a row, after which accepting rests.</summary>
    internal const int MostPassedOver = 64;

    private readonly Socket _socket;
    private readonly StreamListenerOptions _options;
    private readonly Func<Socket, CancellationToken, ValueTask<Socket>> _accept;
    private readonly CancellationTokenSource _closing = new();
    private long _exhausted;
    private volatile bool _closed;

    private StreamListener(Socket socket, StreamListenerOptions options, Func<Socket, CancellationToken, ValueTask<Socket>>? accept)
    {
        _accept = accept ?? (static (socket, cancellation) => socket.AcceptAsync(cancellation));
        _socket = socket;
        _options = options;
        LocalEndPoint = (IPEndPoint)socket.LocalEndPoint!;
    }

    /// <summary>Where it listens; the port is the real one when port 0 was asked for.</summary>
    public IPEndPoint LocalEndPoint { get; }

    /// <summary>Times that accepting had to rest because descriptors or buffers had run out.</summary>
    public long TimesExhausted => Interlocked.Read(ref _exhausted);

    /// <summary>Binds and listens.</summary>
    /// <param name="endPoint">Address and port; port 0 lets the system choose.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <exception cref="SocketException">The address can't be bound.</exception>
    public static StreamListener Bind(IPEndPoint endPoint, StreamListenerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        options ??= new StreamListenerOptions();
        return Bind(endPoint, options, options.ShareLocalPort);
    }

    internal static StreamListener Bind(
        IPEndPoint endPoint, StreamListenerOptions options, bool shareLocalPort, Func<Socket, CancellationToken, ValueTask<Socket>>? accept = null)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (endPoint.AddressFamily == AddressFamily.InterNetworkV6)
                socket.DualMode = options.DualStack && endPoint.Address.Equals(IPAddress.IPv6Any);
            if (shareLocalPort) SocketOptions.ShareLocalPort(socket);
            socket.Bind(endPoint);
            socket.Listen(options.Backlog);
            return new StreamListener(socket, options, accept);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Waits for a connection; the caller owns it. A connection that its peer gave up before it was accepted is passed over.
    /// </summary>
    /// <returns>The connection, or null when the listener is closed.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="SocketException">The listening socket failed for good.</exception>
    public async ValueTask<StreamConnection?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        int passedOver = 0;
        while (!_closed)
        {
            try
            {
                var socket = await _accept(_socket, cancellationToken).ConfigureAwait(false);
                passedOver = 0;
                if (TryAdopt(socket) is { } connection) return connection;
            }
            catch (ObjectDisposedException)
            {
                break;
            }
            catch (SocketException) when (_closed)
            {
                break;
            }
            catch (SocketException e) when (AcceptFault.Of(e.SocketErrorCode) == AcceptFaultKind.OfTheConnection)
            {
                // Each takes a connection from the queue; what doesn't end isn't a connection's fault, and must not take a whole core.
                if (++passedOver % MostPassedOver == 0) await RestAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException e) when (AcceptFault.Of(e.SocketErrorCode) == AcceptFaultKind.Exhaustion)
            {
                Interlocked.Increment(ref _exhausted);
                await RestAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        return null;
    }

    /// <summary>Stops listening; accepts that wait return null. Connections already accepted go on.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_closed) return;
        _closed = true;
        _socket.Dispose();
        await _closing.CancelAsync().ConfigureAwait(false);
        _closing.Dispose();
    }

    private StreamConnection? TryAdopt(Socket socket)
    {
        try
        {
            return new StreamConnection(socket, _options);
        }
        catch (SocketException)
        {
            // Reset between accept and the first socket option; some systems refuse the option then.
            socket.Dispose();
            return null;
        }
    }

    private async ValueTask RestAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
            await Task.Delay(_options.ExhaustionPause, _options.TimeProvider, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_closed && !cancellationToken.IsCancellationRequested)
        {
            // The caller's loop sees that the listener is closed.
        }
    }
}
