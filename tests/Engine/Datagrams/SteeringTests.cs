using System.Net;
using System.Net.Sockets;
using FastRelay.Engine.Datagrams;
using Microsoft.Extensions.Logging;

namespace FastRelay.Engine.Tests.Datagrams;

/// <summary>Several loops on one port, and datagrams that say for which of them they are.</summary>
public sealed class SteeringTests
{
    private const int Offset = 7;
    private const int Shards = 5;

    [Fact]
    public void Linux_can_and_others_say_why_not()
    {
        if (OperatingSystem.IsLinux()) DatagramLoop.WhyNoSteering.ShouldBeNull();
        else DatagramLoop.WhyNoSteering.ShouldBe("not Linux");
    }

    [Theory]
    [InlineData(DatagramBackend.Epoll, "127.0.0.1", "127.0.0.1")]
    [InlineData(DatagramBackend.Epoll, "0.0.0.0", "127.0.0.1")]
    [InlineData(DatagramBackend.Epoll, "::1", "::1")]
    [InlineData(DatagramBackend.Epoll, "::", "::1")]
    [InlineData(DatagramBackend.Epoll, "::", "127.0.0.1")]
    [InlineData(DatagramBackend.Portable, "::", "127.0.0.1")]
    public async Task A_datagram_comes_to_the_loop_whose_number_it_carries_whoever_sends_it(DatagramBackend backend, string bound, string asked)
    {
        SkipUnlessSteered(asked);
        var (loops, states) = Start(backend, bound, Shards);
        for (int client = 0; client < 4; client++)
        {
            using var socket = Client(asked, loops[0].LocalEndPoint.Port);
            for (int shard = 0; shard < 256; shard++) await ExchangeAsync(socket, Datagram(shard));
        }
        // 256 values on 5 loops, 4 times: 52 for loop 0, 51 for the others.
        states.Select(static s => s.Seen).ShouldBe([208, 204, 204, 204, 204]);
        await EndAsync(loops);
    }

    [Fact]
    public async Task The_order_of_binding_is_the_numbering()
    {
        SkipUnlessSteered("127.0.0.1");
        var (loops, states) = Start(DatagramBackend.Auto, "127.0.0.1", Shards);
        using var socket = Client("127.0.0.1", loops[0].LocalEndPoint.Port);
        for (int shard = Shards - 1; shard >= 0; shard--)
        {
            await ExchangeAsync(socket, Datagram(shard));
            states[shard].Seen.ShouldBe(1);
        }
        await EndAsync(loops);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(Offset)]
    public async Task One_too_short_to_say_comes_to_the_first(int bytes)
    {
        SkipUnlessSteered("127.0.0.1");
        var (loops, states) = Start(DatagramBackend.Auto, "127.0.0.1", Shards);
        for (int client = 0; client < 16; client++)
        {
            using var socket = Client("127.0.0.1", loops[0].LocalEndPoint.Port);
            socket.Send(new byte[bytes].Select(static _ => (byte)1).ToArray());
        }
        await Within.Until(() => Interlocked.Read(ref states[0].Seen) == 16, "all have come to loop 0");
        await EndAsync(loops);
    }

    [Fact]
    public async Task While_the_loop_that_is_meant_is_missing_another_takes_it()
    {
        SkipUnlessSteered("127.0.0.1");
        var (loops, states) = Start(DatagramBackend.Auto, "127.0.0.1", loops: 2);
        using var socket = Client("127.0.0.1", loops[0].LocalEndPoint.Port);
        for (int shard = 0; shard < Shards; shard++) await ExchangeAsync(socket, Datagram(shard));
        states.Sum(static s => s.Seen).ShouldBe(Shards);
        states.ShouldAllBe(static s => s.Seen > 0);
        await EndAsync(loops);
    }

    [Fact]
    public async Task Where_it_can_not_be_done_one_line_says_so_and_elsewhere_none()
    {
        var log = new LineCount();
        await using var loop = DatagramLoop.Bind(new EchoHandler(new EchoState()), Options("127.0.0.1", 0, DatagramBackend.Auto), log);
        log.Lines.ShouldBe(DatagramLoop.WhyNoSteering is null ? 0 : 1);
    }

    [Fact]
    public void Without_a_shared_port_there_is_nothing_to_steer() =>
        Should.Throw<ArgumentException>(static () => DatagramLoop.Bind(
            new EchoHandler(new EchoState()),
            new DatagramLoopOptions { BindEndPoint = new IPEndPoint(IPAddress.Loopback, 0), Steering = new DatagramSteering(Offset, Shards) }));

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(65_507, 1)]
    [InlineData(0, 0)]
    [InlineData(0, 257)]
    public void Bounds_are_checked(int offset, int shards) =>
        Should.Throw<ArgumentOutOfRangeException>(() => new DatagramLoopOptions { Steering = new DatagramSteering(offset, shards) });

    private static (List<DatagramLoop<EchoHandler>> Loops, List<EchoState> States) Start(DatagramBackend backend, string address, int loops)
    {
        var started = new List<DatagramLoop<EchoHandler>>();
        var states = new List<EchoState>();
        for (int i = 0; i < loops; i++)
        {
            var state = new EchoState();
            int port = i == 0 ? 0 : started[0].LocalEndPoint.Port;
            started.Add(DatagramLoop.Bind(new EchoHandler(state), Options(address, port, backend)));
            states.Add(state);
        }
        started.ForEach(static l => l.Start());
        return (started, states);
    }

    private static DatagramLoopOptions Options(string address, int port, DatagramBackend backend) => new()
    {
        Backend = backend,
        BindEndPoint = new IPEndPoint(IPAddress.Parse(address), port),
        ShareLocalPort = true,
        Steering = new DatagramSteering(Offset, Shards),
    };

    private static async Task EndAsync(List<DatagramLoop<EchoHandler>> loops)
    {
        foreach (var loop in loops) await Within.Time(loop.DisposeAsync());
    }

    private static byte[] Datagram(int shard)
    {
        byte[] bytes = new byte[Offset + 1];
        bytes[Offset] = (byte)shard;
        return bytes;
    }

    private static Socket Client(string address, int port)
    {
        var to = new IPEndPoint(IPAddress.Parse(address), port);
        var socket = new Socket(to.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        socket.Connect(to);
        return socket;
    }

    private static async Task ExchangeAsync(Socket socket, byte[] datagram)
    {
        await socket.SendAsync(datagram);
        byte[] reply = new byte[64];
        int n = await Within.Time(socket.ReceiveAsync(reply, SocketFlags.None));
        reply.AsSpan(0, n).ToArray().ShouldBe(datagram);
    }

    private static void SkipUnlessSteered(string address)
    {
        Assert.SkipUnless(DatagramLoop.WhyNoSteering is null, DatagramLoop.WhyNoSteering ?? "");
        Assert.SkipUnless(!address.Contains(':', StringComparison.Ordinal) || Socket.OSSupportsIPv6, "no IPv6 here");
    }

    private sealed class LineCount : ILogger
    {
        public int Lines { get; private set; }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Lines++;
    }
}
