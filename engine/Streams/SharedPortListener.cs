using System.Net;

namespace FastRelay.Engine.Streams;

/// <summary>
/// A listener from whose port connections can also be dialled, so that a peer that sees where a connection comes from
/// knows where to reach its dialler (SO_REUSEADDR and SO_REUSEPORT on all sockets of the port). A NAT keeps one mapping
/// for both when it maps by endpoint (RFC 5382 4.1).
/// </summary>
public sealed class SharedPortListener : IAsyncDisposable
{
    private readonly StreamListener _listener;

    private SharedPortListener(StreamListener listener) => _listener = listener;

    /// <summary>Where it listens, and dials from; the port is the real one.</summary>
    public IPEndPoint LocalEndPoint => _listener.LocalEndPoint;

    /// <summary>Binds and listens.</summary>
    /// <param name="endPoint">Address and port; port 0 lets the system choose a port that nobody else holds.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <exception cref="System.Net.Sockets.SocketException">The address can't be bound.</exception>
    public static SharedPortListener Bind(IPEndPoint endPoint, StreamListenerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        return new SharedPortListener(StreamListener.Bind(endPoint, options ?? new StreamListenerOptions(), shareLocalPort: true));
    }

    /// <inheritdoc cref="StreamListener.AcceptAsync"/>
    public ValueTask<StreamConnection?> AcceptAsync(CancellationToken cancellationToken = default) => _listener.AcceptAsync(cancellationToken);

    /// <summary>Dials from the port. There can be one connection at a time to each remote address and port.</summary>
    /// <param name="remote">The peer.</param>
    /// <param name="options">Null: the defaults. Its local end is not looked at: it is this port.</param>
    /// <param name="cancellationToken">Gives the attempt up.</param>
    /// <returns>As <see cref="StreamConnector.ConnectAsync"/>.</returns>
    public ValueTask<ConnectOutcome> ConnectAsync(IPEndPoint remote, StreamConnectOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(remote);
        var local = StreamConnector.LocalFor(remote, LocalEndPoint);
        return StreamConnector.DialAsync(remote, local, shareLocalPort: true, options ?? new StreamConnectOptions(), cancellationToken);
    }

    /// <summary>Stops listening; connections go on.</summary>
    public ValueTask DisposeAsync() => _listener.DisposeAsync();
}
