using System.Net;
using FastRelay.Engine.Datagrams;
using FastRelay.Engine.Datagrams.Epoll;
using FastRelay.Engine.Interop.Linux;

namespace FastRelay.Engine.Tests.Datagrams.Epoll;

public sealed class EpollDatagramLoopTests : DatagramLoopTests
{
    public EpollDatagramLoopTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "a backend of Linux");

    private protected override DatagramBackend Backend => DatagramBackend.Epoll;

    [Fact]
    public void This_system_has_what_the_backend_needs() => LinuxFeatures.WhyNoBatches.ShouldBeNull();

    [Fact]
    public async Task It_is_what_auto_takes()
    {
        await using var loop = StartEcho(out _, o => o.Backend = DatagramBackend.Auto);
        loop.ShouldBeOfType<EpollDatagramLoop<EchoHandler>>();
    }

    [Theory]
    [InlineData("0.0.0.0", "127.0.0.7")]
    [InlineData("::", "127.0.0.7")]
    [InlineData("::", "::1")]
    public async Task An_answer_leaves_from_the_address_that_was_asked(string bound, string asked)
    {
        await using var loop = StartEcho(out _, o => o.BindEndPoint = new IPEndPoint(IPAddress.Parse(bound), 0));
        // A connected socket takes answers from the address it asked, and from no other.
        using var client = Client(new IPEndPoint(IPAddress.Parse(asked), loop.LocalEndPoint.Port));
        (await ExchangeAsync(client, "who")).ShouldBe("who");
    }

    [Fact]
    public async Task Oversized_datagrams_part_a_batch_without_harm_to_their_neighbours()
    {
        var state = new EchoState();
        await using var loop = DatagramLoop.Bind(new EchoHandler(state), new DatagramLoopOptions
        {
            Backend = Backend,
            BindEndPoint = new IPEndPoint(IPAddress.Loopback, 0),
            MaxDatagramSize = 100,
            BatchSize = 16,
        });
        using var client = Client(loop.LocalEndPoint);
        for (int i = 0; i < 30; i++) client.Send(i % 3 == 1 ? new byte[101 + i] : "fits"u8.ToArray());
        loop.Start();
        for (int i = 0; i < 20; i++) (await ReceiveAsync(client)).ShouldBe("fits");
        loop.Counters.Truncated.ShouldBe(10);
        loop.Counters.Received.ShouldBe(20);
    }

    [Fact]
    public async Task What_the_kernel_drops_is_counted()
    {
        var state = new EchoState();
        await using var loop = DatagramLoop.Bind(new EchoHandler(state), new DatagramLoopOptions
        {
            Backend = Backend,
            BindEndPoint = new IPEndPoint(IPAddress.Loopback, 0),
            KernelBufferBytes = 4096,
            TickInterval = TimeSpan.FromMilliseconds(1),
        });
        loop.Counters.KernelDropped.ShouldBe(0);
        using var client = Client(loop.LocalEndPoint);
        for (int i = 0; i < 200; i++) client.Send(new byte[500]);
        loop.Start();
        await Within.Until(() => loop.Counters is var c && c.Received + c.KernelDropped == 200, "each datagram came or was dropped");
        loop.Counters.KernelDropped!.Value.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Loops_that_share_a_port_divide_the_peers_among_them()
    {
        var loops = new List<DatagramLoop<EchoHandler>> { StartEcho(out _, o => o.ShareLocalPort = true) };
        for (int i = 1; i < 4; i++) loops.Add(StartEcho(out _, o => (o.ShareLocalPort, o.BindEndPoint) = (true, loops[0].LocalEndPoint)));
        for (int c = 0; c < 64; c++)
        {
            using var client = Client(loops[0].LocalEndPoint);
            (await ExchangeAsync(client, "hello")).ShouldBe("hello");
            (await ExchangeAsync(client, "again")).ShouldBe("again");
        }
        loops.Sum(static l => l.Counters.Received).ShouldBe(128);
        loops.ShouldAllBe(static l => l.Counters.Received > 0 && l.Counters.Received % 2 == 0);
        foreach (var loop in loops) await Within.Time(loop.DisposeAsync());
    }
}
