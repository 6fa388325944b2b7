using System.Net;
using System.Net.Sockets;
using FastRelay.Load.Processes;

namespace FastRelay.Load.Tests.Processes;

public sealed class UdpSocketsTests
{
    private static readonly string[] Table =
    [
        "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops",
        "  301: 0100007F:1F90 00000000:0000 07 00000003:00000001 00:00000000 00000000     0        0 16311 2 0000000000000000 12",
        "  302: 00000000:1F90 00000000:0000 07 00000000:00000A80 00:00000000 00000000     0        0 16312 2 0000000000000000 30",
        "  303: 0100007F:1F91 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 16313 2 0000000000000000 500",
    ];

    [Fact]
    public void What_waits_in_all_sockets_of_a_port_and_what_they_dropped_is_summed()
    {
        UdpSockets.OfPort(Table, 0x1F90).ShouldBe(new UdpSockets(Waiting: 0xA81, Drops: 42));
        UdpSockets.OfPort(Table, 0x1F91).ShouldBe(new UdpSockets(Waiting: 0, Drops: 500));
        UdpSockets.OfPort(Table, 0x1F92).ShouldBe(default);
    }

    [Fact]
    public async Task A_socket_is_drained_when_what_came_was_received()
    {
        using var socket = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        var local = (IPEndPoint)socket.Client.LocalEndPoint!;
        await socket.SendAsync(new byte[100], local, TestContext.Current.CancellationToken);
        if (UdpSockets.OfPort(local.Port) is { } sockets) sockets.Waiting.ShouldBeGreaterThan(0);
        var drained = UdpSockets.DrainedAsync(local.Port, TestContext.Current.CancellationToken);
        await socket.ReceiveAsync(TestContext.Current.CancellationToken);
        await drained;
        (UdpSockets.OfPort(local.Port)?.Waiting ?? 0).ShouldBe(0);
    }
}
