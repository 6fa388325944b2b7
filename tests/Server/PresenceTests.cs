using FastRelay.Protocol.Wire;
using FastRelay.Server.Options;
using FastRelay.Server.Tests.Support;
using FastRelay.Tests.Support;

namespace FastRelay.Server.Tests;

[Trait("Claim", "1")]
[Trait("Claim", "12")]
[Trait("Claim", "16")]
public sealed class PresenceTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task A_device_is_offline_three_intervals_after_its_last_heartbeat_to_the_millisecond_and_online_with_the_next()
    {
        await using var server = await TestServer.StartAsync(o => o.Route = RoutePolicy.FastFirst, _time);
        await using var device = await TestDevice.OnlineAsync(server);
        await using var issuer = await TestIssuer.OpenAsync(server);

        for (int round = 0; round < 3; round++)
        {
            await device.BeatAsync();
            server.Relay.Counters.Online.ShouldBe(1);
            _time.Advance(TimeSpan.FromMilliseconds(74_999));
            server.Relay.Counters.Online.ShouldBe(1);
            await using (var reaching = await TestIssuer.OpenAsync(server))
            {
                await reaching.AskAsync(device.Id);
                var second = SecondRequest.Parse(device.OpenRequest(await device.ReceiveAsync()));
                await device.SendAsync(device.AnswerFast(second.RequestId, AnswerStatus.Accepted));
                (await reaching.ResultAsync()).Status.ShouldBe(ResultStatus.Accepted);
            }
            _time.Advance(TimeSpan.FromMilliseconds(1));
            await using (var missing = await TestIssuer.OpenAsync(server))
                (await missing.AskAndHearAsync(device.Id)).Status.ShouldBe(ResultStatus.Unavailable);
            await Within.Until(() => server.Relay.Counters.Online == 0, "the device is counted as offline");
            server.Relay.Counters.Devices.ShouldBe(1);
        }
        await device.BeatAsync();
        server.Relay.Counters.Online.ShouldBe(1);
    }

    [Fact]
    public async Task A_jump_of_the_wall_clock_changes_nobodys_presence()
    {
        await using var server = await TestServer.StartAsync(time: _time);
        await using var device = await TestDevice.OnlineAsync(server);
        _time.JumpWallClock(TimeSpan.FromDays(40));
        _time.Advance(TimeSpan.FromSeconds(1));
        await device.BeatAsync();
        _time.JumpWallClock(TimeSpan.FromDays(-80));
        _time.Advance(TimeSpan.FromSeconds(1));
        await device.BeatAsync();
        server.Relay.Counters.Online.ShouldBe(1);
    }

    [Fact]
    public async Task A_goodbye_counts_at_once_and_the_next_heartbeat_takes_it_back()
    {
        await using var server = await TestServer.StartAsync(time: _time);
        await using var device = await TestDevice.OnlineAsync(server);
        await device.SendAsync(device.Heartbeat(ackWanted: true, goodbye: true));
        device.OpenAck(await device.ReceiveAsync());
        server.Relay.Counters.Online.ShouldBe(0);
        await device.BeatAsync();
        server.Relay.Counters.Online.ShouldBe(1);
    }

    [Fact]
    public async Task A_session_ends_with_its_lifetime()
    {
        await using var server = await TestServer.StartAsync(o => o.Heartbeat.SessionLifetime = TimeSpan.FromSeconds(10), _time);
        await using var device = await TestDevice.OnlineAsync(server);
        device.Session.LifetimeSeconds.ShouldBe(10u);
        _time.Advance(TimeSpan.FromMilliseconds(9_999));
        await device.BeatAsync();
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await device.SendAsync(device.Heartbeat(ackWanted: true));
        (await device.ReceiveAsync())[0].ShouldBe((byte)DatagramType.Reset);
        server.Relay.Counters.Devices.ShouldBe(0);
        server.Relay.Counters.Online.ShouldBe(0);
    }

    [Fact]
    public async Task Who_registers_and_never_sends_a_heartbeat_loses_the_place()
    {
        await using var server = await TestServer.StartAsync(o => o.Limits.Devices = 1, _time);
        await using var silent = TestDevice.Create(server);
        await using var device = TestDevice.Create(server);
        await silent.RegisterAsync();
        (await device.RegisterAsync()).Status.ShouldBe(RegisterStatus.Full);
        _time.Advance(TimeSpan.FromSeconds(75));
        await Within.Until(() => server.Relay.Counters.Devices == 0, "the place is free");
        (await device.RegisterAsync()).Status.ShouldBe(RegisterStatus.Registered);
    }

    [Fact]
    [Trait("Claim", "1")]
    [Trait("Claim", "12")]
    [Trait("Claim", "16")]
    [Trait("Claim", "27")]
    public async Task A_device_that_moved_is_woken_at_its_new_address()
    {
        await using var server = await TestServer.StartAsync(o => o.Route = RoutePolicy.P4Only, _time);
        await using var device = await TestDevice.OnlineAsync(server);
        await using var issuer = await TestIssuer.OpenAsync(server);

        device.Move();
        var ack = await device.BeatAsync();
        ack.Challenge.ShouldNotBeNull();
        ack = await device.BeatAsync(echo: ack.Challenge);
        ack.Challenge.ShouldBeNull();
        await issuer.AskAsync(device.Id); // reachable, not bound yet: both addresses get the wake
        device.OpenWake(await device.ReceiveAsync());
        server.Relay.Counters.WakeDatagrams.ShouldBe(2);

        // The repetitions are due after 500 and 1,000 ms. In one step the loop could see it pass 500 or not, and send one or two.
        foreach (int step in new[] { 500, 1000 })
        {
            _time.Advance(TimeSpan.FromMilliseconds(step));
            device.OpenWake(await device.ReceiveAsync());
        }
        (await device.BeatAsync(isLong: true)).Observed.ShouldBe(device.Address);
    }

    [Fact]
    public async Task A_replayed_heartbeat_and_one_with_any_bit_flipped_change_nothing()
    {
        await using var server = await TestServer.StartAsync(time: _time);
        await using var device = await TestDevice.OnlineAsync(server);
        byte[] heartbeat = device.Heartbeat(ackWanted: true);
        await device.SendAsync(heartbeat);
        device.OpenAck(await device.ReceiveAsync());
        long taken = server.Relay.Counters.Heartbeats;

        device.Move(); // an attacker's socket
        for (int i = 0; i < 20; i++) await device.SendAsync(heartbeat);
        byte[] fresh = device.Heartbeat(ackWanted: true);
        for (int bit = 0; bit < fresh.Length * 8; bit++)
        {
            byte[] flipped = [.. fresh];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            await device.SendAsync(flipped);
        }
        await device.SendAsync(fresh);
        byte[] answer;
        do answer = await device.ReceiveAsync();
        while (answer[0] == (byte)DatagramType.Reset); // a flipped cid is an unknown one
        device.OpenAck(answer).Challenge.ShouldNotBeNull();
        server.Relay.Counters.Heartbeats.ShouldBe(taken + 1);
        server.Relay.Counters.DatagramRejects(RejectReason.Replayed).ShouldBeGreaterThanOrEqualTo(20);
        server.Relay.Counters.DatagramRejects(RejectReason.BadTag).ShouldBeGreaterThan(100);
    }
}
