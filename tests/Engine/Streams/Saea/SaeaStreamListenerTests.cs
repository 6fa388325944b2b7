using System.Net;
using System.Net.Sockets;
using FastRelay.Engine.Streams;
using FastRelay.Engine.Streams.Saea;
using FastRelay.Tests.Support;

namespace FastRelay.Engine.Tests.Streams.Saea;

public sealed class SaeaStreamListenerTests : StreamListenerTests
{
    private protected override StreamBackend Backend => StreamBackend.Portable;

    [Theory]
    [InlineData(SocketError.AccessDenied)] // EPERM: a firewall
    [InlineData(SocketError.ProtocolOption)] // ENOPROTOOPT
    [InlineData(SocketError.OperationNotSupported)] // EOPNOTSUPP
    [InlineData(SocketError.NetworkDown)]
    [InlineData(SocketError.NetworkUnreachable)]
    [InlineData(SocketError.HostDown)]
    [InlineData(SocketError.HostUnreachable)]
    [InlineData(SocketError.ConnectionAborted)]
    [InlineData(SocketError.SocketError)] // EPROTO, ENONET
    public async Task A_network_error_of_a_connection_passes_over_that_connection_and_not_the_listener(SocketError error)
    {
        int failures = 2;
        await using var listener = Listen(new StreamListenerOptions(), (socket, cancellation) => failures-- > 0 ? throw new SocketException((int)error) : socket.AcceptAsync(cancellation));
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(listener.LocalEndPoint);
        await using var accepted = (await Within.Time(listener.AcceptAsync())).ShouldNotBeNull();
        failures.ShouldBe(-1);
    }

    [Fact]
    public async Task An_error_of_the_connection_that_never_ends_rests_instead_of_taking_a_core()
    {
        var time = new ManualTimeProvider();
        int asked = 0;
        await using var listener = Listen(
            new StreamListenerOptions { TimeProvider = time, ExhaustionPause = TimeSpan.FromSeconds(1) },
            (_, _) =>
            {
                asked++;
                throw new SocketException((int)SocketError.AccessDenied);
            });
        var accepting = listener.AcceptAsync();
        asked.ShouldBe(StreamListener.MostPassedOver);
        time.Advance(TimeSpan.FromSeconds(1));
        asked.ShouldBe(2 * StreamListener.MostPassedOver);
        await listener.DisposeAsync();
        (await Within.Time(accepting)).ShouldBeNull();
    }

    [Fact]
    public async Task An_error_of_the_listening_socket_is_an_exception()
    {
        await using var listener = Listen(new StreamListenerOptions(), (_, _) => throw new SocketException((int)SocketError.InvalidArgument));
        await Should.ThrowAsync<SocketException>(Within.Time(listener.AcceptAsync()));
    }

    private static SaeaStreamListener Listen(StreamListenerOptions options, Func<Socket, CancellationToken, ValueTask<Socket>> accept)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen();
        return new SaeaStreamListener(socket, options, accept);
    }
}
