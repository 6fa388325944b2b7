using System.Net;
using System.Net.Sockets;
using FastRelay.Engine.Interop.Linux;

namespace FastRelay.Engine.Streams.Epoll;

/// <summary>One attempt to connect, on a <see cref="StreamLoop"/>.</summary>
internal sealed class EpollDial : IEpollSource
{
    private readonly TaskCompletionSource _answered;

    private EpollDial(bool runsOnLoop) =>
        _answered = new TaskCompletionSource(runsOnLoop ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);

    void IEpollSource.OnReady(EpollEvents events) => _answered.TrySetResult();

    /// <summary>Dials; as <see cref="StreamConnector.ConnectAsync"/>.</summary>
    public static async ValueTask<ConnectOutcome> ConnectAsync(
        IPEndPoint remote, IPEndPoint? local, bool shareLocalPort, StreamConnectOptions options, CancellationToken cancellationToken)
    {
        int descriptor = Open(remote.AddressFamily, local, shareLocalPort, options);
        if (descriptor < 0) return StreamConnector.Fail(NativeResult.ErrorOf(descriptor).ToSocketError());

        var settings = new EpollStreamSettings(options);
        var loop = StreamLoop.Next();
        var dial = new EpollDial(settings.RunsOnLoop);
        long token = loop.Enter(dial);
        bool isOurs = true;
        try
        {
            var error = NativeResult.ErrorOf(StreamSockets.Connect(descriptor, Native(remote)));
            bool waits = error == Errno.InProgress;
            if (waits)
            {
                // Whatever it is, the kernel keeps no more watches.
                if (loop.Watch(descriptor, EpollEvents.Writable, token) < 0) return StreamConnector.Fail(SocketError.NoBufferSpaceAvailable);
                await dial._answered.Task.WaitAsync(options.Timeout, options.TimeProvider, cancellationToken).ConfigureAwait(false);
                error = StreamSockets.TakeError(descriptor);
            }
            if (error != Errno.Success) return StreamConnector.Fail(error.ToSocketError());
            if (IsConnectedToItself(descriptor, remote)) return StreamConnector.Fail(SocketError.ConnectionRefused);

            isOurs = false;
            error = EpollStreamConnection.TryAdopt(descriptor, new StreamAddress(Native(remote)), settings, loop, waits, out var connection);
            return connection is null
                ? StreamConnector.Fail(error.ToSocketError())
                : new ConnectOutcome(ConnectResult.Connected, connection, SocketError.Success);
        }
        catch (TimeoutException)
        {
            return StreamConnector.Fail(SocketError.TimedOut);
        }
        finally
        {
            loop.Leave(token);
            if (isOurs) StreamSockets.Close(descriptor);
        }
    }

    /// <returns>A socket bound as asked, or a negative error number.</returns>
    private static int Open(AddressFamily family, IPEndPoint? local, bool shareLocalPort, StreamConnectOptions options)
    {
        int descriptor = StreamSockets.Create(family);
        if (descriptor < 0) return descriptor;
        int result = options.NoDelay ? StreamSockets.SetNoDelay(descriptor) : 0;
        if (result >= 0 && local is not null && shareLocalPort) result = StreamSockets.ShareLocalPort(descriptor);
        if (result >= 0 && local is not null) result = StreamSockets.Bind(descriptor, Native(local));
        if (result >= 0) return descriptor;
        StreamSockets.Close(descriptor);
        return result;
    }

    /// <summary>
    /// TCP lets a socket that dials the port it is bound to on its own host connect to itself (RFC 9293 3.5, simultaneous
    /// open); an ephemeral port can hit that by chance when nobody listens.
    /// </summary>
    private static unsafe bool IsConnectedToItself(int descriptor, IPEndPoint remote)
    {
        byte* native = stackalloc byte[StreamSockets.AddressSize];
        if (StreamSockets.LocalAddress(descriptor, native) < 0) return false;
        return new StreamAddress(new ReadOnlySpan<byte>(native, StreamSockets.AddressSize)).Equals(new StreamAddress(Native(remote)));
    }

    /// <summary>An endpoint as the system's calls take it.</summary>
    private static ReadOnlySpan<byte> Native(IPEndPoint endPoint)
    {
        var address = endPoint.Serialize();
        return address.Buffer.Span[..address.Size];
    }
}
