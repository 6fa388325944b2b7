using System.Net;
using System.Net.Sockets;
using FastRelay.Engine.Datagrams;
using FastRelay.Load.Commands;
using FastRelay.Load.Swarm;

namespace FastRelay.Load.Tests.Swarm;

public sealed class ClosedLoopTests
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_device_of_a_round_is_answered_by_an_echo()
    {
        await using var echo = DatagramLoop.Bind(new EchoHandler(), new DatagramLoopOptions { BindEndPoint = new IPEndPoint(IPAddress.Loopback, 0) });
        echo.Start();
        using var swarm = new DeviceSwarm(echo.LocalEndPoint, 500);
        var loop = Make(swarm, 500, TimeSpan.FromSeconds(10));
        loop.RunOnce(_ => { }, Cancellation);
        loop.Counts.Sent.ShouldBe(500);
        loop.Counts.Wanted.ShouldBe(500);
        loop.Counts.Replied.ShouldBe(500);
        loop.Counts.Missing.ShouldBe(0);
        loop.Counts.Strange.ShouldBe(0);
        loop.Counts.ReplyTimes.Count.ShouldBe(500);
        swarm.Devices.ShouldAllBe(d => d.Counter == 1 && d.Awaited == 0);
    }

    [Fact]
    public async Task A_loop_goes_on_for_its_time_with_devices_taking_turns()
    {
        await using var echo = DatagramLoop.Bind(new EchoHandler(), new DatagramLoopOptions { BindEndPoint = new IPEndPoint(IPAddress.Loopback, 0) });
        echo.Start();
        using var swarm = new DeviceSwarm(echo.LocalEndPoint, 40);
        var loop = Make(swarm, 40, TimeSpan.FromSeconds(10));
        double last = 0;
        loop.Run(TimeSpan.FromMilliseconds(300), share => last = share, Cancellation);
        loop.Settle();
        last.ShouldBe(1);
        loop.Counts.Replied.ShouldBe(loop.Counts.Sent);
        (swarm.Devices.Max(d => d.Counter) - swarm.Devices.Min(d => d.Counter)).ShouldBeLessThanOrEqualTo(1u);
    }

    [Fact]
    public void Replies_that_never_come_are_given_up()
    {
        using var deaf = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        deaf.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var swarm = new DeviceSwarm((IPEndPoint)deaf.LocalEndPoint!, 100);
        var loop = Make(swarm, 100, TimeSpan.FromMilliseconds(20));
        loop.RunOnce(_ => { }, Cancellation);
        loop.Counts.Sent.ShouldBe(100);
        loop.Counts.Missing.ShouldBe(100);
        loop.Counts.Replied.ShouldBe(0);
    }

    private static ClosedLoop<EchoTraffic> Make(DeviceSwarm swarm, int count, TimeSpan patience) =>
        new(swarm.Sockets, swarm.Devices, new SwarmOrder(0, count), default, window: 32) { Patience = patience };
}
