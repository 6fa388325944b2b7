using System.Security.Cryptography;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Tests.Support;

namespace FastRelay.Server.Tests;

public sealed class HostileInputTests
{
    private const int Seed = 20261122;

    [Fact]
    public async Task No_reply_to_any_of_10000_random_or_mutated_datagrams_is_longer_than_what_it_answers()
    {
        await using var server = await TestServer.StartAsync(o =>
        {
            o.Limits.ResetsPerPrefix = o.Limits.Resets = 1_000_000;
            // One shard answers in the order in which things came, so that the fence stands behind them all.
            o.Shards = 1;
        });
        await using var device = await TestDevice.OnlineAsync(server);
        await using var fence = await TestDevice.OnlineAsync(server);
        var random = new Random(Seed);
        int answered = 0;
        for (int round = 0; round < 200; round++)
        {
            // One length a round, so that each reply is held against what it answers.
            int length = (round % 4) switch { 0 => 40, 1 => 64, 2 => random.Next(1, 100), _ => random.Next(100, 1400) };
            for (int i = 0; i < 50; i++) await device.SendAsync(Datagram(device, random, length));
            await fence.BeatAsync();
            var replies = device.Drain();
            replies.Count.ShouldBeLessThanOrEqualTo(50);
            replies.ShouldAllBe(r => r.Length <= length, $"seed {Seed}, round {round}");
            answered += replies.Count;
        }
        answered.ShouldBeGreaterThan(100);
        server.Relay.IsHealthy.ShouldBeTrue();
        server.Relay.Counters.Online.ShouldBe(2);
    }

    [Fact]
    public async Task A_thousand_malformed_connections_are_closed_without_a_word_and_leave_nothing()
    {
        await using var server = await TestServer.StartAsync();
        byte[] hello = await HelloAsync(server);
        var random = new Random(Seed);
        for (int i = 0; i < 1000; i++)
        {
            await using var connection = await TestConnection.ConnectAsync(server);
            await connection.SendRawAsync(Malformed(hello, random, i % 4));
            connection.ShutdownSend();
            // A mutated byte that matters not, such as one of the random, gets CERT; then the end of the stream ends it.
            if (await connection.ReceiveFrameAsync() is { } frame)
            {
                frame.Type.ShouldBeOneOf(FrameType.Certificate, FrameType.Alert, FrameType.Retry);
                (await connection.EndsWithoutAWordAsync()).ShouldBeTrue();
            }
        }
        await Within.Until(() => server.Relay.OpenConnections == 0, "every connection is gone");
        server.Relay.Counters.HandshakesFailed.ShouldBe(1000);
        server.Relay.Counters.Handshakes.ShouldBe(0);
        await using var issuer = await TestIssuer.OpenAsync(server);
    }

    [Theory]
    [InlineData(InnerType.Connect1)]
    [InlineData(InnerType.DescriptorGet)]
    [InlineData(InnerType.Register)]
    [InlineData(InnerType.Result)]
    [InlineData(InnerType.Answer)]
    [InlineData(InnerType.Data)]
    public async Task A_malformed_message_on_an_issuers_connection_ends_it_without_a_word(byte type)
    {
        await using var server = await TestServer.StartAsync();
        await using var issuer = await TestIssuer.OpenAsync(server);
        await issuer.Connection.SendAsync(type, RandomNumberGenerator.GetBytes(33));
        (await issuer.Connection.EndsWithoutAWordAsync()).ShouldBeTrue();
    }

    [Theory]
    [InlineData(InnerType.Connect1)]
    [InlineData(InnerType.Answer)]
    [InlineData(InnerType.Register)]
    public async Task A_malformed_message_on_a_woken_devices_connection_ends_it_without_a_word(byte type)
    {
        await using var server = await TestServer.StartAsync();
        await using var device = await TestDevice.OnlineAsync(server);
        await using var woken = await device.ConnectAsync(0);
        await woken.SendAsync(type, RandomNumberGenerator.GetBytes(5));
        (await woken.EndsWithoutAWordAsync()).ShouldBeTrue();
    }

    [Fact]
    public async Task A_device_that_isnt_in_the_list_may_not_wait_for_requests()
    {
        await using var server = await TestServer.StartAsync();
        await using var stranger = TestDevice.Create(server);
        await using var connection = await stranger.ConnectAsync(42);
        (await connection.ReceiveAsync(InnerType.Close)).ShouldBe([(byte)CloseReason.Policy]);
        (await connection.EndsWithoutAWordAsync()).ShouldBeTrue();
    }

    [Fact]
    public async Task A_woken_device_that_connects_again_ends_its_earlier_connection()
    {
        await using var server = await TestServer.StartAsync();
        await using var device = await TestDevice.OnlineAsync(server);
        await using var issuer = await TestIssuer.OpenAsync(server);
        await using var first = await device.ConnectAsync(0);
        await issuer.AskAsync(device.Id);
        // Only now is it certain that the server has both its Finished and its place among the woken.
        await first.ReceiveAsync(InnerType.Connect2);
        await using var second = await device.ConnectAsync(0);
        (await first.ReceiveAsync(InnerType.Close)).ShouldBe([(byte)CloseReason.Done]);
        await second.ReceiveAsync(InnerType.Connect2);
    }

    private static byte[] Datagram(TestDevice device, Random random, int length)
    {
        byte[] datagram;
        switch (random.Next(3))
        {
            case 0:
                datagram = new byte[length];
                random.NextBytes(datagram);
                datagram[0] = (byte)random.Next(0x10, 0x20);
                return datagram;
            default:
                datagram = device.Heartbeat(ackWanted: true, isLong: length == 64);
                Array.Resize(ref datagram, length);
                if (random.Next(4) > 0) datagram[random.Next(length)] ^= (byte)(1 << random.Next(8));
                return datagram;
        }
    }

    private static byte[] Malformed(byte[] hello, Random random, int kind)
    {
        byte[] bytes = [.. hello];
        switch (kind)
        {
            case 0:
                bytes = new byte[random.Next(1, 600)];
                random.NextBytes(bytes);
                return bytes;
            case 1:
                return bytes[..random.Next(1, bytes.Length)];
            case 2:
                bytes[random.Next(bytes.Length)] ^= (byte)random.Next(1, 256);
                return bytes;
            default:
                return [.. bytes, .. bytes];
        }
    }

    private static Task<byte[]> HelloAsync(TestServer server)
    {
        using var handshake = new ClientHandshake(new ClientHandshakeOptions { Role = ConnectionRole.Issuer, Policy = server.Policy() });
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        handshake.Start(server.Time.GetUtcNow(), output);
        return Task.FromResult(output.WrittenSpan.ToArray());
    }
}
