using System.Net;
using System.Net.Sockets;
using System.Text;
using FastRelay.Engine.Datagrams;
using FastRelay.Tests.Support;

namespace FastRelay.Engine.Tests.Datagrams;

/// <summary>What every backend must do.</summary>
public abstract class DatagramLoopTests
{
    private static readonly IPEndPoint Loopback = new(IPAddress.Loopback, 0);

    /// <summary>The backend under test.</summary>
    private protected abstract DatagramBackend Backend { get; }

    [Fact]
    public async Task A_reply_comes_back_to_its_source()
    {
        await using var loop = StartEcho(out var state);
        using var client = Client(loop.LocalEndPoint);
        (await ExchangeAsync(client, "hello")).ShouldBe("hello");
        state.LastSource.ToIPEndPoint().ShouldBe((IPEndPoint)client.LocalEndPoint!);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task One_dual_stack_socket_serves_both_families(string address)
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "no IPv6 here");
        await using var loop = StartEcho(out var state, o => o.BindEndPoint = new IPEndPoint(IPAddress.IPv6Any, 0));
        using var client = Client(new IPEndPoint(IPAddress.Parse(address), loop.LocalEndPoint.Port));
        (await ExchangeAsync(client, "hello")).ShouldBe("hello");
        state.LastSource.ToIPEndPoint().ShouldBe((IPEndPoint)client.LocalEndPoint!);
    }

    [Fact]
    public async Task Every_datagram_of_many_clients_is_answered_once_and_to_the_right_one()
    {
        await using var loop = StartEcho(out _);
        await Parallel.ForAsync(0, 8, async (c, _) =>
        {
            using var client = Client(loop.LocalEndPoint);
            for (int i = 0; i < 200; i++) (await ExchangeAsync(client, $"{c}/{i}")).ShouldBe($"{c}/{i}");
        });
        await Within.Until(() => loop.Counters.Sent == 1600, "all replies are counted");
        loop.Counters.Received.ShouldBe(1600);
    }

    [Fact]
    public async Task Datagrams_that_wait_together_come_as_batches_in_their_order()
    {
        var state = new EchoState();
        await using var loop = DatagramLoop.Bind(new EchoHandler(state), new DatagramLoopOptions { Backend = Backend, BindEndPoint = Loopback, BatchSize = 8 });
        using var client = Client(loop.LocalEndPoint);
        for (int i = 0; i < 40; i++) client.Send(Encoding.ASCII.GetBytes($"{i}"));
        loop.Start();
        for (int i = 0; i < 40; i++) (await ReceiveAsync(client)).ShouldBe($"{i}");
        state.LargestBatch.ShouldBe(8);
        state.Batches.ShouldBeLessThan(20);
    }

    [Fact]
    public async Task A_datagram_of_the_largest_size_is_delivered_and_one_byte_more_is_counted_and_not_delivered()
    {
        await using var loop = StartEcho(out var state, o => o.MaxDatagramSize = 200);
        using var client = Client(loop.LocalEndPoint);
        client.Send(new byte[201]);
        client.Send(new byte[60_000]);
        string largest = new('x', 200);
        (await ExchangeAsync(client, largest)).ShouldBe(largest);
        loop.Counters.Truncated.ShouldBe(2);
        Interlocked.Read(ref state.Seen).ShouldBe(1);
    }

    [Fact]
    public async Task An_empty_datagram_is_delivered()
    {
        await using var loop = StartEcho(out var state);
        using var client = Client(loop.LocalEndPoint);
        client.Send(ReadOnlySpan<byte>.Empty);
        await Within.Until(() => Interlocked.Read(ref state.Seen) == 1, "the empty datagram is seen");
    }

    [Fact]
    public async Task Port_unreachable_from_a_peer_that_went_away_does_not_stop_the_loop()
    {
        await using var loop = StartEcho(out var state);
        using var client = Client(loop.LocalEndPoint);
        for (int i = 0; i < 50; i++)
        {
            using (var gone = Client(loop.LocalEndPoint))
            {
                gone.Send("many 3"u8);
            }
            (await ExchangeAsync(client, "still here")).ShouldBe("still here");
        }
        loop.Completion.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_destination_that_cannot_be_reached_is_counted_and_the_rest_still_leaves()
    {
        await using var loop = StartEcho(out _);
        using var client = Client(loop.LocalEndPoint);
        var good = DatagramAddress.From((IPEndPoint)client.LocalEndPoint!);
        loop.Post(new SendCommand(good with { Port = 0 }, "lost")).ShouldBeTrue();
        loop.Post(new SendCommand(good, "found")).ShouldBeTrue();
        (await ReceiveAsync(client)).ShouldBe("found");
        loop.Counters.SendErrors.ShouldBe(1);
    }

    [Fact]
    public async Task What_finds_no_room_to_leave_is_dropped_and_counted()
    {
        await using var loop = StartEcho(out _, o => o.OutputCapacity = 16);
        using var client = Client(loop.LocalEndPoint);
        client.Send("many 20"u8);
        for (int i = 0; i < 16; i++) (await ReceiveAsync(client)).ShouldBe("many 20");
        (await ExchangeAsync(client, "next")).ShouldBe("next");
        loop.Counters.Dropped.ShouldBe(4);
    }

    [Fact]
    public async Task Ticks_come_by_the_options_clock_and_carry_its_time()
    {
        var time = new ManualTimeProvider();
        await using var loop = StartEcho(out var state, o => (o.TimeProvider, o.TickInterval) = (time, TimeSpan.FromSeconds(1)));
        for (int tick = 1; tick <= 3; tick++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Within.Until(() => Volatile.Read(ref state.Ticks) == tick, $"tick {tick}");
            state.LastTickMs.ShouldBe(tick * 1000);
        }
        time.JumpWallClock(TimeSpan.FromDays(-400));
        time.Advance(TimeSpan.FromSeconds(1));
        await Within.Until(() => Volatile.Read(ref state.Ticks) == 4, "tick 4");
        state.LastTickMs.ShouldBe(4000);
    }

    [Fact]
    public async Task By_the_systems_clock_ticks_come_to_an_idle_loop_and_to_a_busy_one()
    {
        await using var loop = StartEcho(out var state, o => o.TickInterval = TimeSpan.FromMilliseconds(1));
        await Within.Until(() => Volatile.Read(ref state.Ticks) >= 5, "ticks of an idle loop");
        using var client = Client(loop.LocalEndPoint);
        int before = Volatile.Read(ref state.Ticks);
        for (int i = 0; Volatile.Read(ref state.Ticks) < before + 5; i++)
        {
            (await ExchangeAsync(client, "busy")).ShouldBe("busy");
            i.ShouldBeLessThan(1_000_000);
        }
    }

    [Fact]
    public async Task Commands_from_many_threads_run_one_at_a_time_and_none_is_lost()
    {
        await using var loop = StartEcho(out _);
        using var client = Client(loop.LocalEndPoint);
        var counter = new CountCommand();
        var posting = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < 5000; i++)
            {
                while (!loop.Post(counter)) Thread.Yield();
            }
        })));
        for (int i = 0; i < 100; i++) (await ExchangeAsync(client, "beside")).ShouldBe("beside");
        await Within.Time(posting);
        await Within.Until(() => counter.Runs == 20_000, "all commands ran");
        counter.Overlaps.ShouldBe(0);
    }

    [Fact]
    public async Task Commands_posted_before_disposal_run_and_their_datagrams_leave()
    {
        var loop = StartEcho(out _);
        using var client = Client(loop.LocalEndPoint);
        var to = DatagramAddress.From((IPEndPoint)client.LocalEndPoint!);
        for (int i = 0; i < 20; i++) loop.Post(new SendCommand(to, $"{i}")).ShouldBeTrue();
        await Within.Time(loop.DisposeAsync());
        for (int i = 0; i < 20; i++) (await ReceiveAsync(client)).ShouldBe($"{i}");
        loop.Post(new CountCommand()).ShouldBeFalse();
        loop.Completion.IsCompletedSuccessfully.ShouldBeTrue();
    }

    [Fact]
    public async Task More_commands_than_may_wait_are_refused()
    {
        var loop = DatagramLoop.Bind(new EchoHandler(new EchoState()), new DatagramLoopOptions { Backend = Backend, BindEndPoint = Loopback, MaxWaitingCommands = 3 });
        var counter = new CountCommand();
        for (int i = 0; i < 3; i++) loop.Post(counter).ShouldBeTrue();
        loop.Post(counter).ShouldBeFalse();
        await Within.Time(loop.DisposeAsync());
        counter.Runs.ShouldBe(3);
    }

    [Fact]
    public async Task A_handler_that_throws_ends_the_loop_with_its_exception_and_frees_the_port()
    {
        await using var loop = StartEcho(out _);
        using var client = Client(loop.LocalEndPoint);
        client.Send("die"u8);
        (await Should.ThrowAsync<InvalidOperationException>(Within.Time(loop.Completion))).Message.ShouldBe("asked to");
        loop.Post(new CountCommand()).ShouldBeFalse();
        using var again = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        again.Bind(loop.LocalEndPoint);
    }

    [Fact]
    public async Task A_loop_starts_once()
    {
        await using var loop = StartEcho(out _);
        Should.Throw<InvalidOperationException>(loop.Start);
    }

    private protected DatagramLoop<EchoHandler> StartEcho(out EchoState state, Action<DatagramLoopOptions>? configure = null)
    {
        state = new EchoState();
        var options = new DatagramLoopOptions { Backend = Backend, BindEndPoint = Loopback };
        configure?.Invoke(options);
        var loop = DatagramLoop.Bind(new EchoHandler(state), options);
        loop.Start();
        return loop;
    }

    private protected static Socket Client(IPEndPoint server)
    {
        var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = (int)Within.Limit.TotalMilliseconds };
        socket.Connect(server);
        return socket;
    }

    private protected static async Task<string> ExchangeAsync(Socket client, string text)
    {
        await client.SendAsync(Encoding.ASCII.GetBytes(text));
        return await ReceiveAsync(client);
    }

    private protected static async Task<string> ReceiveAsync(Socket client)
    {
        byte[] buffer = new byte[65_536];
        int n = await Within.Time(client.ReceiveAsync(buffer, SocketFlags.None));
        return Encoding.ASCII.GetString(buffer, 0, n);
    }

    private sealed class SendCommand(DatagramAddress to, string text) : IDatagramCommand<EchoHandler>
    {
        public void Execute(ref EchoHandler handler, ref DatagramBatch output) =>
            Encoding.ASCII.GetBytes(text, output.Send(to, text.Length));
    }

    private sealed class CountCommand : IDatagramCommand<EchoHandler>
    {
        private int _inside;
        private int _runs;

        public int Runs => Volatile.Read(ref _runs);

        public int Overlaps { get; private set; }

        public void Execute(ref EchoHandler handler, ref DatagramBatch output)
        {
            if (Interlocked.Increment(ref _inside) != 1) Overlaps++;
            _runs++;
            Interlocked.Decrement(ref _inside);
        }
    }
}
