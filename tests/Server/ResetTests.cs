using System.Buffers.Binary;
using System.Net;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Tests.Support;
using FastRelay.Tests.Support;

namespace FastRelay.Server.Tests;

public sealed class ResetTests
{
    [Fact]
    public async Task After_a_restart_a_heartbeat_gets_a_RESET_that_the_device_believes_and_it_registers_again()
    {
        string data = Path.Combine(Path.GetTempPath(), $"fastrelay-server-{Guid.NewGuid():N}");
        try
        {
            TestDevice device;
            IPEndPoint endPoint;
            await using (var before = await TestServer.StartAsync(data: data))
            {
                device = await TestDevice.OnlineAsync(before);
                endPoint = before.EndPoint;
            }
            await using var after = await TestServer.StartAsync(o => o.Listen = endPoint, data: data);
            await using (device)
            {
                byte[] heartbeat = device.Heartbeat(ackWanted: true);
                await device.SendAsync(heartbeat);
                byte[] datagram = await device.ReceiveAsync();
                datagram.Length.ShouldBeLessThan(heartbeat.Length);
                byte[] token = new byte[16];
                BinaryPrimitives.WriteUInt128BigEndian(token, device.Session.ResetToken);
                Reset.TryOpen(datagram, token, out var reset).ShouldBe(RejectReason.None);
                reset.Cid.ShouldBe(device.Session.Cid);
                reset.RetryAfterSeconds.ShouldBe((ushort)1);
                token[0] ^= 1;
                Reset.TryOpen(datagram, token, out _).ShouldBe(RejectReason.BadTag);
            }
            // The server is the same to its clients: the fingerprint they were given still holds.
            await using var again = await TestDevice.OnlineAsync(after);
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    [Fact]
    public async Task RESETs_are_limited_by_prefix_and_in_all()
    {
        var time = new ManualTimeProvider();
        await using var server = await TestServer.StartAsync(
            o =>
            {
                o.Shards = 1; // or the device's ack says nothing about what another shard has done
                o.Limits.ResetsPerPrefix = 3;
                o.Limits.Resets = 5;
            },
            time);
        await using var known = await TestDevice.OnlineAsync(server);

        (await ResetsFor(server, known, "127.0.1.1", 10)).ShouldBe(3);
        (await ResetsFor(server, known, "127.0.1.2", 10)).ShouldBe(0); // the same /24
        (await ResetsFor(server, known, "127.0.2.1", 10)).ShouldBe(2); // what the node has left
        server.Relay.Counters.ResetsWithheld.ShouldBe(25);
        time.Advance(TimeSpan.FromSeconds(1));
        (await ResetsFor(server, known, "127.0.3.1", 1)).ShouldBe(1);
    }

    [Fact]
    public async Task Only_a_heartbeat_gets_a_RESET()
    {
        await using var server = await TestServer.StartAsync();
        await using var known = await TestDevice.OnlineAsync(server);
        await using var stranger = TestDevice.Create(server);
        byte[] heartbeat = stranger.Heartbeat();
        foreach (byte type in Enumerable.Range(0, 256).Select(i => (byte)i).Where(t => t != (byte)DatagramType.Heartbeat))
        {
            heartbeat[0] = type;
            await stranger.SendAsync(heartbeat);
        }
        await stranger.SendAsync(heartbeat[..32]);
        await known.BeatAsync();
        stranger.Drain().ShouldBeEmpty();
    }

    private static async Task<int> ResetsFor(TestServer server, TestDevice known, string from, int heartbeats)
    {
        await using var stranger = TestDevice.Create(server, IPAddress.Parse(from));
        for (int i = 0; i < heartbeats; i++) await stranger.SendAsync(stranger.Heartbeat());
        await known.BeatAsync(); // all of them are through
        var replies = stranger.Drain();
        replies.ShouldAllBe(r => r.Length == Reset.Size && r[0] == (byte)DatagramType.Reset);
        return replies.Count;
    }
}
