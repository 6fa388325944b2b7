using FastRelay.Protocol;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Devices;
using FastRelay.Server.Tests.Support;

namespace FastRelay.Server.Tests.Devices;

/// <summary>The server with several shards, with and without the kernel's help, acts as one.</summary>
public sealed class ShardTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Devices_of_every_shard_register_beat_and_are_found(int shards)
    {
        await using var server = await TestServer.StartAsync(o => o.Shards = shards);
        var seen = new HashSet<byte>();
        for (int i = 0; i < 64 && seen.Count < shards; i++)
        {
            var device = await TestDevice.OnlineAsync(server);
            byte shard = (byte)device.Session.Cid.Slot;
            shard.ShouldBeLessThan((byte)shards);
            seen.Add(shard);
            var standing = await server.Relay.Devices.FindAsync(device.Id);
            (standing.Presence, standing.Address).ShouldBe((DevicePresence.Validated, device.Address));
            (await server.Relay.Devices.DescriptorAsync(device.Id)).ShouldBe(device.Descriptor.Bytes.ToArray());
            await device.DisposeAsync();
        }
        seen.Count.ShouldBe(shards, "devices are spread over all of them");
        server.Relay.Counters.Devices.ShouldBe(server.Relay.Counters.Registrations(RegisterStatus.Registered));
    }

    [Fact]
    public async Task Places_are_counted_over_all_shards()
    {
        await using var server = await TestServer.StartAsync(o =>
        {
            o.Shards = 4;
            o.Limits.Devices = 3;
        });
        for (int i = 0; i < 3; i++)
        {
            await using var device = TestDevice.Create(server);
            (await device.RegisterAsync()).Status.ShouldBe(RegisterStatus.Registered);
        }
        await using var late = TestDevice.Create(server);
        (await late.RegisterAsync()).Status.ShouldBe(RegisterStatus.Full);
    }

    [Fact]
    public async Task A_cid_of_a_shard_that_isnt_there_any_more_gets_a_RESET()
    {
        await using var server = await TestServer.StartAsync(o => o.Shards = 2);
        await using var device = await TestDevice.OnlineAsync(server);
        byte[] heartbeat = device.Heartbeat(ackWanted: true);
        heartbeat[7] = 200; // the low byte of the slot word
        await device.SendAsync(heartbeat);
        (await device.ReceiveAsync())[0].ShouldBe((byte)DatagramType.Reset);
    }

    [Fact]
    public void A_device_is_at_home_on_the_same_shard_after_a_restart_and_shards_fill_evenly()
    {
        byte[] secret = new byte[NodeKeys.SecretSize];
        using var keys = new NodeKeys(secret, 7);
        using var again = new NodeKeys(secret, 7);
        using var other = new NodeKeys(secret, 8);
        int[] counts = new int[5];
        int differ = 0;
        for (int i = 0; i < 10_000; i++)
        {
            var id = new DeviceId((UInt128)i);
            byte home = new ShardMap(keys, 5).HomeOf(id);
            new ShardMap(again, 5).HomeOf(id).ShouldBe(home);
            if (new ShardMap(other, 5).HomeOf(id) != home) differ++;
            counts[home]++;
        }
        counts.ShouldAllBe(count => count > 1_800 && count < 2_200);
        differ.ShouldBeGreaterThan(7_000, "another node spreads them otherwise");
    }

    [Fact]
    public async Task Datagrams_that_reach_another_shards_socket_are_handed_over()
    {
        await using var server = await TestServer.StartAsync(o => o.Shards = 4);
        await using var device = await TestDevice.OnlineAsync(server);
        byte home = (byte)device.Session.Cid.Slot;
        var shards = server.Relay.Shards;
        var foreign = shards.Loops[(home + 1) % 4];
        long taken = server.Relay.Counters.Heartbeats;
        // Into the other shard's hands, as a kernel that can't steer would do.
        byte[] heartbeat = device.Heartbeat(ackWanted: true);
        foreign.Post(new Delivery(heartbeat, device.Address)).ShouldBeTrue();
        var ack = device.OpenAck(await device.ReceiveAsync());
        ack.HeartbeatCounter.ShouldNotBe((ushort)0);
        server.Relay.Counters.Heartbeats.ShouldBe(taken + 1);
        server.Relay.Counters.HandOvers.ShouldBe(1);
        server.Relay.Counters.HandOversDropped.ShouldBe(0);
    }

    private sealed class Delivery(byte[] datagram, TransportAddress source) : FastRelay.Engine.Datagrams.IDatagramCommand<DeviceDatagrams>
    {
        public void Execute(ref DeviceDatagrams handler, ref FastRelay.Engine.Datagrams.DatagramBatch output)
        {
            handler.Shard.OnHandedOver(ref output, new Arrival(datagram, new FastRelay.Engine.Datagrams.DatagramAddress(source.Ip, source.Port)));
            handler.Shard.OnBatch(ref output);
        }
    }
}
