using System.Net;
using System.Net.Sockets;
using FastRelay.Engine.Buffers;
using FastRelay.Engine.Streams;
using FastRelay.Tests.Support;

namespace FastRelay.Engine.Tests.Streams;

/// <summary>What every backend must do.</summary>
public abstract class StreamConnectorTests
{
    /// <summary>The backend under test.</summary>
    private protected abstract StreamBackend Backend { get; }

    private StreamListenerOptions Listening => new() { Backend = Backend };

    private StreamConnectOptions Dialling => new() { Backend = Backend };

    [Fact]
    public async Task A_port_on_which_nobody_listens_is_refused()
    {
        int port;
        await using (var listener = StreamListener.Bind(new IPEndPoint(IPAddress.Loopback, 0), Listening)) port = listener.LocalEndPoint.Port;
        var outcome = await Within.Time(StreamConnector.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), Dialling));
        outcome.Result.ShouldBe(ConnectResult.Refused);
        outcome.IsConnected.ShouldBeFalse();
    }

    [Fact]
    public async Task A_peer_that_does_not_answer_times_out_by_the_options_clock()
    {
        var time = new ManualTimeProvider();
        using var full = FullListener();
        using var filler = Fill(full);
        var connecting = StreamConnector.ConnectAsync((IPEndPoint)full.LocalEndPoint!, new StreamConnectOptions { Backend = Backend, Timeout = TimeSpan.FromSeconds(4), TimeProvider = time });
        connecting.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromSeconds(4));
        (await Within.Time(connecting)).Result.ShouldBe(ConnectResult.TimedOut);
    }

    [Fact]
    public async Task Giving_up_is_an_exception_and_not_a_result()
    {
        using var full = FullListener();
        using var filler = Fill(full);
        using var cancel = new CancellationTokenSource();
        var connecting = StreamConnector.ConnectAsync((IPEndPoint)full.LocalEndPoint!, Dialling, cancel.Token);
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(Within.Time(connecting));
    }

    [Fact]
    public async Task A_port_that_another_holds_is_reported_as_in_use()
    {
        await using var listener = StreamListener.Bind(new IPEndPoint(IPAddress.Loopback, 0), Listening);
        await using var target = StreamListener.Bind(new IPEndPoint(IPAddress.Loopback, 0), Listening);
        var outcome = await Within.Time(StreamConnector.ConnectAsync(
            target.LocalEndPoint, new StreamConnectOptions { Backend = Backend, LocalEndPoint = listener.LocalEndPoint }));
        outcome.Result.ShouldBe(ConnectResult.LocalAddressInUse);
    }

    [Fact]
    public async Task One_port_listens_and_dials_at_once()
    {
        var pool = new LeakTrackingPool();
        var accept = new StreamListenerOptions { Pool = pool, Backend = Backend };
        var dial = new StreamConnectOptions { Pool = pool, Backend = Backend };
        await using (var far = StreamListener.Bind(new IPEndPoint(IPAddress.Loopback, 0), accept))
        await using (var shared = SharedPortListener.Bind(new IPEndPoint(IPAddress.Loopback, 0), accept))
        {
            // Accepting all the while, as an issuer does that waits for a device (SPEC 6.5).
            var incoming = shared.AcceptAsync();
            var atFar = far.AcceptAsync();
            var outcome = await Within.Time(shared.ConnectAsync(far.LocalEndPoint, dial));
            outcome.Result.ShouldBe(ConnectResult.Connected);
            await using var dialled = outcome.Connection!;
            await using var seenByFar = (await Within.Time(atFar)).ShouldNotBeNull();
            seenByFar.RemoteAddress.ShouldBe(shared.LocalEndPoint);

            // To the address that the far side saw, while the dialled connection stands.
            var back = await Within.Time(StreamConnector.ConnectAsync(seenByFar.RemoteAddress, dial));
            back.Result.ShouldBe(ConnectResult.Connected);
            await using var caller = back.Connection!;
            await using var accepted = (await Within.Time(incoming)).ShouldNotBeNull();
            accepted.RemoteAddress.ShouldBe(caller.LocalAddress);

            await caller.Output.WriteAsync("device"u8.ToArray());
            (await StreamFixture.ReadExactlyAsync(accepted.Input, 6)).ShouldBe("device"u8.ToArray());
            await seenByFar.Output.WriteAsync("server"u8.ToArray());
            (await StreamFixture.ReadExactlyAsync(dialled.Input, 6)).ShouldBe("server"u8.ToArray());
        }
        pool.ThrowIfLeaked();
    }

    [Fact]
    public async Task A_dual_stack_shared_port_dials_either_family()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "no IPv6 here");
        await using var shared = SharedPortListener.Bind(new IPEndPoint(IPAddress.IPv6Any, 0), Listening);
        foreach (var loopback in new[] { IPAddress.Loopback, IPAddress.IPv6Loopback })
        {
            await using var far = StreamListener.Bind(new IPEndPoint(loopback, 0), Listening);
            var accepting = far.AcceptAsync();
            var outcome = await Within.Time(shared.ConnectAsync(far.LocalEndPoint, Dialling));
            outcome.Result.ShouldBe(ConnectResult.Connected);
            await using var dialled = outcome.Connection!;
            await using var seen = (await Within.Time(accepting)).ShouldNotBeNull();
            seen.RemoteAddress.Port.ShouldBe(shared.LocalEndPoint.Port);
        }
    }

    [Fact]
    public async Task A_socket_never_connects_to_itself()
    {
        var self = new IPEndPoint(IPAddress.Loopback, FreePort());
        var outcome = await Within.Time(StreamConnector.ConnectAsync(self, new StreamConnectOptions { Backend = Backend, LocalEndPoint = self }));
        outcome.IsConnected.ShouldBeFalse();
        outcome.Result.ShouldBe(ConnectResult.Refused);
    }

    private static int FreePort()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }

    private static Socket FullListener()
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        return listener;
    }

    /// <summary>Fills the queue of a listener that never accepts, so that further SYNs go unanswered.</summary>
    private static FilledQueue Fill(Socket listener) => new(listener);

    private sealed class FilledQueue : IDisposable
    {
        private readonly List<Socket> _sockets = [];

        public FilledQueue(Socket listener)
        {
            for (int i = 0; i < 8; i++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
                _sockets.Add(socket);
                try
                {
                    socket.Connect(listener.LocalEndPoint!);
                }
                catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
                {
                    socket.Poll(TimeSpan.FromMilliseconds(50), SelectMode.SelectWrite);
                }
            }
        }

        public void Dispose() => _sockets.ForEach(static s => s.Dispose());
    }
}
