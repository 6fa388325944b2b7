using FastRelay.Engine.Crypto;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Tests.Support;

namespace FastRelay.Server.Tests;

/// <summary>Alone, because it counts what the whole process allocates.</summary>
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
[Collection(nameof(AllocationTests))]
public sealed class AllocationTests
{
    [Fact]
    public async Task A_heartbeat_and_its_ACK_and_a_forged_one_allocate_nothing()
    {
        await using var server = await TestServer.StartAsync();
        await using var device = await TestDevice.OnlineAsync(server);
        long least = long.MaxValue;
        for (int round = 0; round < 4; round++)
        {
            byte[][] heartbeats = [.. Enumerable.Range(0, 200).Select(_ => device.Heartbeat(ackWanted: true))];
            byte[][] forged = [.. heartbeats.Select(h => (byte[])[.. h[..39], (byte)(h[39] ^ 1)])];
            // The rest of the process is quiet, but not silent: the quietest round counts.
            least = Math.Min(least, Measure(server, device, heartbeats, forged));
        }
        server.Relay.Counters.DatagramRejects(RejectReason.BadTag).ShouldBe(4 * 200);
        (least / 200).ShouldBeLessThan(8, "bytes a heartbeat");
    }

    [Fact]
    public async Task With_more_devices_than_any_cache_of_keys_holds_nothing_is_allocated_either()
    {
        Assert.SkipUnless(HardwareGcm.WhyUnsupported is null || LibCryptoGcm.WhyUnsupported is null, "a key that isn't kept costs an allocation");
        const int devices = 5 * PlatformPacketAead.DefaultCapacity;
        await using var server = await TestServer.StartAsync(options => options.Limits.Devices = options.Limits.DevicesPerPrefix = devices);
        using var swarm = await TestSwarm.OnlineAsync(server, devices);
        server.Relay.Counters.Online.ShouldBe(devices);
        long least = long.MaxValue;
        for (int round = 0; round < 2; round++)
        {
            byte[][] heartbeats = swarm.Heartbeats();
            byte[][] forged = [.. heartbeats.Select(h => (byte[])[.. h[..39], (byte)(h[39] ^ 1)])];
            long before = GC.GetTotalAllocatedBytes(precise: true);
            swarm.Exchange(heartbeats, forged);
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }
        server.Relay.Counters.DatagramRejects(RejectReason.BadTag).ShouldBe(2 * devices);
        (least / devices).ShouldBeLessThan(2, "bytes a heartbeat");
    }

    private static long Measure(TestServer server, TestDevice device, byte[][] heartbeats, byte[][] forged)
    {
        var to = server.EndPoint.Serialize();
        Span<byte> answer = stackalloc byte[64];
        long before = GC.GetTotalAllocatedBytes(precise: true);
        for (int i = 0; i < heartbeats.Length; i++)
        {
            device.Send(forged[i], to);
            if (device.Exchange(heartbeats[i], to, answer) != DatagramLimits.ShortSize) return long.MaxValue;
        }
        return GC.GetTotalAllocatedBytes(precise: true) - before;
    }
}
