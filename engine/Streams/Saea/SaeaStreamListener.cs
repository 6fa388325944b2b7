using System.Net.Sockets;

namespace FastRelay.Engine.Streams.Saea;

/// <summary>A listener of the base library's sockets.</summary>
internal sealed class SaeaStreamListener : StreamListener
{
    private readonly StreamListenerOptions _options;
    private readonly Func<Socket, CancellationToken, ValueTask<Socket>> _accept;

    /// <param name="socket">Bound and listening; becomes this object's.</param>
    /// <param name="options">Of its connections.</param>
    /// <param name="accept">How it accepts, for tests. Null: by the base library.</param>
    public SaeaStreamListener(Socket socket, StreamListenerOptions options, Func<Socket, CancellationToken, ValueTask<Socket>>? accept = null)
        : base(socket, options)
    {
        _options = options;
        _accept = accept ?? (static (socket, cancellation) => socket.AcceptAsync(cancellation));
    }

    private protected override async ValueTask<AcceptOutcome> AcceptOnceAsync(CancellationToken cancellationToken)
    {
        try
        {
            return TryAdopt(await _accept(Socket, cancellationToken).ConfigureAwait(false));
        }
        catch (ObjectDisposedException) when (IsClosed)
        {
            return default;
        }
        catch (SocketException e)
        {
            return new AcceptOutcome(null, e.SocketErrorCode);
        }
    }

    private AcceptOutcome TryAdopt(Socket socket)
    {
        try
        {
            return new AcceptOutcome(new SaeaStreamConnection(socket, _options), SocketError.Success);
        }
        catch (SocketException)
        {
            // Reset between accept and the first socket option; some systems refuse the option then.
            socket.Dispose();
            return new AcceptOutcome(null, SocketError.ConnectionReset);
        }
    }
}
