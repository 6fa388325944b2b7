using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using FastRelay.Engine.Interop;
using FastRelay.Engine.Streams.Epoll;
using FastRelay.Engine.Streams.Saea;
using Microsoft.Extensions.Logging;

namespace FastRelay.Engine.Streams;

/// <summary>Listens on a TCP port and makes a <see cref="StreamConnection"/> of each connection it accepts.</summary>
public abstract class StreamListener : IAsyncDisposable
{
    /// <summary>Connections passed over in a row, after which accepting rests.</summary>
    internal const int MostPassedOver = 64;

    private readonly StreamListenerOptions _options;
    private readonly CancellationTokenSource _closing = new();
    private long _exhausted;
    private volatile bool _closed;

    private protected StreamListener(Socket socket, StreamListenerOptions options)
    {
        Socket = socket;
        _options = options;
        LocalEndPoint = (IPEndPoint)socket.LocalEndPoint!;
    }

    /// <summary>Where it listens; the port is the real one when port 0 was asked for.</summary>
    public IPEndPoint LocalEndPoint { get; }

    /// <summary>Times that accepting had to rest because descriptors or buffers had run out.</summary>
    public long TimesExhausted => Interlocked.Read(ref _exhausted);

    private protected Socket Socket { get; }

    private protected bool IsClosed => _closed;

    /// <summary>Binds and listens.</summary>
    /// <param name="endPoint">Address and port; port 0 lets the system choose.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <param name="logger">Is told when this system lacks what the backend needs. Null: nobody is.</param>
    /// <exception cref="SocketException">The address can't be bound.</exception>
    public static StreamListener Bind(IPEndPoint endPoint, StreamListenerOptions? options = null, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        options ??= new StreamListenerOptions();
        return Bind(endPoint, options, options.ShareLocalPort, logger);
    }

    internal static StreamListener Bind(IPEndPoint endPoint, StreamListenerOptions options, bool shareLocalPort, ILogger? logger = null)
    {
        var socket = Listen(endPoint, options, shareLocalPort);
        try
        {
            return StreamBackends.UseEpoll(options.Backend, logger) ? new EpollStreamListener(socket, options) : new SaeaStreamListener(socket, options);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Waits for a connection; the caller owns it. A connection that its peer gave up before it was accepted is passed over. One call at a time.
    /// </summary>
    /// <returns>The connection, or null when the listener is closed.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="SocketException">The listening socket failed for good.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<StreamConnection?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        int passedOver = 0;
        while (!_closed)
        {
            var (connection, error) = await AcceptOnceAsync(cancellationToken).ConfigureAwait(false);
            if (connection is not null) return connection;
            if (_closed) break;
            switch (AcceptFault.Of(error))
            {
                // Each takes a connection from the queue; what doesn't end isn't a connection's fault, and must not take a whole core.
                case AcceptFaultKind.OfTheConnection:
                    if (++passedOver % MostPassedOver == 0) await RestAsync(cancellationToken).ConfigureAwait(false);
                    break;
                case AcceptFaultKind.Exhaustion:
                    Interlocked.Increment(ref _exhausted);
                    await RestAsync(cancellationToken).ConfigureAwait(false);
                    break;
                default:
                    throw new SocketException((int)error);
            }
        }
        return null;
    }

    /// <summary>Stops listening; an accept that waits returns null. Connections already accepted go on.</summary>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_closed) return;
        _closed = true;
        Socket.Dispose();
        OnClosed();
        await _closing.CancelAsync().ConfigureAwait(false);
        _closing.Dispose();
    }

    /// <summary>Waits for a connection, or for an error.</summary>
    private protected abstract ValueTask<AcceptOutcome> AcceptOnceAsync(CancellationToken cancellationToken);

    /// <summary>The socket is closed: wakes whoever waits.</summary>
    private protected virtual void OnClosed()
    {
    }

    private protected static Socket Listen(IPEndPoint endPoint, StreamListenerOptions options, bool shareLocalPort)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (endPoint.AddressFamily == AddressFamily.InterNetworkV6)
                socket.DualMode = options.DualStack && endPoint.Address.Equals(IPAddress.IPv6Any);
            if (shareLocalPort) SocketOptions.ShareLocalPort(socket);
            socket.Bind(endPoint);
            socket.Listen(options.Backlog);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
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
