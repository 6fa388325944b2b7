using System.Net;
using FastRelay.Engine.Datagrams;
using FastRelay.Server.Devices;
using FastRelay.Server.Metrics;

namespace FastRelay.Server.Tests.Devices;

public sealed class HandOverTests
{
    [Fact]
    public void What_finds_no_room_is_dropped_and_counted()
    {
        var counters = new ShardCounters();
        var way = new HandOver(counters);
        byte[] datagram = new byte[1200];
        for (int i = 0; i < 200; i++) way.Add(new Arrival(datagram, DatagramAddress.From(new IPEndPoint(IPAddress.Loopback, 1))));
        counters.HandOversDropped.ShouldBeGreaterThan(50);
        (counters.HandOvers + counters.HandOversDropped).ShouldBe(200);
        // Nobody has connected it: what waits stays, and nothing throws.
        way.Flush();
    }
}
