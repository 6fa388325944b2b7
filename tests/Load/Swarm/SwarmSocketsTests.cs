using System.Net;
using System.Runtime.CompilerServices;
using FastRelay.Load.Swarm;

namespace FastRelay.Load.Tests.Swarm;

public sealed class SwarmSocketsTests
{
    [Fact]
    public void No_two_devices_share_an_address_and_port()
    {
        using var sockets = new SwarmSockets(new IPEndPoint(IPAddress.Loopback, 9));
        var seen = new HashSet<(uint, int)>();
        for (int device = 0; device < 10_000; device++) seen.Add((sockets.AddressOf(device), sockets.PortOf(device % sockets.Count))).ShouldBeTrue();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(123_456)]
    [InlineData(SwarmSockets.MostDevices - 1)]
    public void A_reply_finds_the_device_that_it_was_sent_to(int device)
    {
        using var sockets = new SwarmSockets(new IPEndPoint(IPAddress.Loopback, 9));
        sockets.DeviceOf(device % sockets.Count, sockets.AddressOf(device)).ShouldBe(device);
    }

    [Fact]
    public void The_last_device_still_has_a_loopback_address()
    {
        using var sockets = new SwarmSockets(new IPEndPoint(IPAddress.Loopback, 9));
        sockets.IPAddressOf(0).ShouldBe(IPAddress.Parse("127.1.0.0"));
        sockets.IPAddressOf(SwarmSockets.MostDevices - 1).ShouldBe(IPAddress.Parse("127.254.255.255"));
    }

    [Fact]
    public void A_datagram_to_no_device_is_nobodys()
    {
        using var sockets = new SwarmSockets(new IPEndPoint(IPAddress.Loopback, 9));
        sockets.DeviceOf(0, 0x7F00_0001).ShouldBeGreaterThan(SwarmSockets.MostDevices);
        sockets.DeviceOf(0, 0).ShouldBeGreaterThanOrEqualTo(0);
    }

    [Fact]
    public void A_device_takes_64_bytes() => Unsafe.SizeOf<SwarmDevice>().ShouldBe(SwarmDevice.Size);
}
