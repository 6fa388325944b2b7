using System.Net;
using System.Net.Sockets;
using FastRelay.Engine.Streams;

namespace FastRelay.Engine.Tests.Streams;

/// <summary>What every backend must do.</summary>
public abstract class StreamListenerTests
{
    /// <summary>The backend under test.</summary>
    private protected abstract StreamBackend Backend { get; }

    private StreamListenerOptions Listening => new() { Backend = Backend };

    [Fact]
    public async Task Closing_lets_a_waiting_accept_return_nothing()
    {
        var listener = StreamListener.Bind(new IPEndPoint(IPAddress.Loopback, 0), Listening);
        var accepting = listener.AcceptAsync();
        await listener.DisposeAsync();
        (await Within.Time(accepting)).ShouldBeNull();
        (await Within.Time(listener.AcceptAsync())).ShouldBeNull();
    }

    [Fact]
    public async Task Cancelling_an_accept_leaves_the_listener_open()
    {
        await using var fixture = new StreamFixture(Backend);
        using var cancel = new CancellationTokenSource();
        var accepting = fixture.Listener.AcceptAsync(cancel.Token);
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(Within.Time(accepting));
        await fixture.PairAsync();
    }

    [Fact]
    public async Task A_peer_that_resets_before_it_is_accepted_does_not_stop_accepting()
    {
        await using var fixture = new StreamFixture(Backend);
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

    [Fact]
    public void A_port_in_use_is_an_exception_at_the_start()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        Should.Throw<SocketException>(() => StreamListener.Bind((IPEndPoint)taken.LocalEndPoint!, Listening)).SocketErrorCode.ShouldBe(SocketError.AddressAlreadyInUse);
    }
}
