using System.Net;
using System.Net.Sockets;
using FastRelay.Engine.Streams;
using FastRelay.Tests.Support;

namespace FastRelay.Engine.Tests.Streams;

public sealed class StreamListenerTests
{
    [Fact]
    public async Task Closing_lets_a_waiting_accept_return_nothing()
    {
        var listener = StreamListener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var accepting = listener.AcceptAsync();
        await listener.DisposeAsync();
        (await Within.Time(accepting)).ShouldBeNull();
        (await Within.Time(listener.AcceptAsync())).ShouldBeNull();
    }

    [Fact]
    public async Task Cancelling_an_accept_leaves_the_listener_open()
    {
        await using var fixture = new StreamFixture();
        using var cancel = new CancellationTokenSource();
        var accepting = fixture.Listener.AcceptAsync(cancel.Token);
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(Within.Time(accepting));
        await fixture.PairAsync();
    }

    [Fact]
    public async Task A_peer_that_resets_before_it_is_accepted_does_not_stop_accepting()
    {
        await using var fixture = new StreamFixture();
        for (int i = 0; i < 20; i++)
        {
            var raw = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { LingerState = new LingerOption(true, 0) };
            raw.Connect(fixture.Listener.LocalEndPoint);
            raw.Close();
        }
        var last = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        last.Connect(fixture.Listener.LocalEndPoint);
        var expected = (IPEndPoint)last.LocalEndPoint!;
        StreamConnection server;
        do server = fixture.Keep((await Within.Time(fixture.Listener.AcceptAsync())).ShouldNotBeNull());
        while (!server.RemoteAddress.Equals(expected));
        last.Dispose();
    }

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
        await using var listener = StreamListener.Bind(new IPEndPoint(IPAddress.Loopback, 0), new StreamListenerOptions(), shareLocalPort: false,
            (socket, cancellation) => failures-- > 0 ? throw new SocketException((int)error) : socket.AcceptAsync(cancellation));
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
        await using var listener = StreamListener.Bind(
            new IPEndPoint(IPAddress.Loopback, 0), new StreamListenerOptions { TimeProvider = time, ExhaustionPause = TimeSpan.FromSeconds(1) }, shareLocalPort: false,
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
        await using var listener = StreamListener.Bind(new IPEndPoint(IPAddress.Loopback, 0), new StreamListenerOptions(), shareLocalPort: false,
            (_, _) => throw new SocketException((int)SocketError.InvalidArgument));
        await Should.ThrowAsync<SocketException>(Within.Time(listener.AcceptAsync()));
    }

    [Fact]
    public void A_port_in_use_is_an_exception_at_the_start()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        Should.Throw<SocketException>(() => StreamListener.Bind((IPEndPoint)taken.LocalEndPoint!)).SocketErrorCode.ShouldBe(SocketError.AddressAlreadyInUse);
    }
}
