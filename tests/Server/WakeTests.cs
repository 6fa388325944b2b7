using System.Net;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Options;
using FastRelay.Server.Tests.Support;
using FastRelay.Tests.Support;

namespace FastRelay.Server.Tests;

[Trait("Claim", "2")]
[Trait("Claim", "17")]
public sealed class WakeTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _time = new();
    private TestServer _server = null!;
    private TestDevice _device = null!;
    private TestIssuer _issuer = null!;

    public async ValueTask InitializeAsync() => await StartAsync(RoutePolicy.P4Only);

    public async ValueTask DisposeAsync()
    {
        await _issuer.DisposeAsync();
        await _device.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_wake_is_sent_at_0_500_1000_and_2000_ms_and_then_the_ACK_says_it_is_pending()
    {
        await _issuer.AskAsync(_device.Id, timeoutTenths: 100);
        var wake = _device.OpenWake(await _device.ReceiveAsync());
        wake.TtlSeconds.ShouldBe((ushort)10);
        ulong counter = wake.Counter;

        foreach (int gap in new[] { 500, 500, 1000 })
        {
            _time.Advance(TimeSpan.FromMilliseconds(gap - 1));
            (await _device.BeatAsync()).WakePending.ShouldBeFalse();
            _time.Advance(TimeSpan.FromMilliseconds(1));
            var again = _device.OpenWake(await _device.ReceiveAsync());
            again.WakeId.ShouldBe(wake.WakeId);
            again.Counter.ShouldBeGreaterThan(counter);
            counter = again.Counter;
        }
        _time.Advance(TimeSpan.FromSeconds(3));
        await _device.SendAsync(_device.Heartbeat(ackWanted: false));
        _device.OpenAck(await _device.ReceiveAsync()).WakePending.ShouldBeTrue();

        // A device that has only heard of it this way connects with an unknown wake_id.
        await using var woken = await _device.ConnectAsync(wakeId: 0);
        var second = SecondRequest.Parse(await woken.ReceiveAsync(InnerType.Connect2));
        await woken.SendAsync(InnerType.Answer, TestDevice.AnswerContent(second.RequestId, AnswerStatus.Accepted));
        var result = await _issuer.ResultAsync();
        result.Status.ShouldBe(ResultStatus.Accepted);
        result.WaitedMs.ShouldBe(5000u);
        (await _device.BeatAsync()).WakePending.ShouldBeFalse();
    }

    [Fact]
    public async Task After_WAKE_ACK_nothing_more_is_sent()
    {
        await _issuer.AskAsync(_device.Id);
        var wake = _device.OpenWake(await _device.ReceiveAsync());
        await _device.SendAsync(_device.WakeAck(wake));
        await _device.BeatAsync();
        _time.Advance(TimeSpan.FromSeconds(5));
        (await _device.BeatAsync()).WakePending.ShouldBeFalse();
        _device.Drain().ShouldBeEmpty();
    }

    [Fact]
    public async Task After_the_second_connection_nothing_more_is_sent()
    {
        await _issuer.AskAsync(_device.Id);
        var wake = _device.OpenWake(await _device.ReceiveAsync());
        await using var woken = await _device.ConnectAsync(wake.WakeId);
        await woken.ReceiveAsync(InnerType.Connect2);
        _time.Advance(TimeSpan.FromSeconds(5));
        (await _device.BeatAsync()).WakePending.ShouldBeFalse();
        _device.Drain().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_device_that_registers_anew_while_it_is_being_woken_is_still_woken()
    {
        await _issuer.AskAsync(_device.Id, timeoutTenths: 600);
        var wake = _device.OpenWake(await _device.ReceiveAsync());
        _device.Move(); // its network changed: what was sent to the old address is lost
        await _device.RegisterAsync();
        _time.Advance(TimeSpan.FromMilliseconds(600));
        // The loop's tick comes before the heartbeats: behind the answer to a question, which was asked when the tick was due.
        await _server.Relay.Devices.FindAsync(_device.Id);
        await _device.ValidateAsync();
        _time.Advance(TimeSpan.FromMilliseconds(50));
        _device.OpenWake(await _device.ReceiveAsync()).WakeId.ShouldBe(wake.WakeId);
    }

    [Fact]
    public async Task A_wake_acknowledged_by_another_device_goes_on()
    {
        await using var other = await TestDevice.OnlineAsync(_server);
        await _issuer.AskAsync(_device.Id);
        var wake = _device.OpenWake(await _device.ReceiveAsync());
        await other.SendAsync(other.WakeAck(wake));
        await other.BeatAsync();
        _time.Advance(TimeSpan.FromMilliseconds(500));
        _device.OpenWake(await _device.ReceiveAsync()).WakeId.ShouldBe(wake.WakeId);
    }

    [Fact]
    public async Task Requests_that_come_while_a_wake_is_open_share_it()
    {
        await using var second = await TestIssuer.OpenAsync(_server, IPAddress.Parse("127.0.0.2"));
        await _issuer.AskAsync(_device.Id);
        var wake = _device.OpenWake(await _device.ReceiveAsync());
        await second.AskAsync(_device.Id);
        await _issuer.AskAsync(_device.Id);
        await Within.Until(() => _server.Relay.Counters.OpenRequests == 3, "all three are open");

        await using var woken = await _device.ConnectAsync(wake.WakeId);
        for (int i = 0; i < 3; i++)
        {
            var request = SecondRequest.Parse(await woken.ReceiveAsync(InnerType.Connect2));
            await woken.SendAsync(InnerType.Answer, TestDevice.AnswerContent(request.RequestId, AnswerStatus.Accepted));
        }
        (await second.ResultAsync()).Status.ShouldBe(ResultStatus.Accepted);
        (await _issuer.ResultAsync()).Status.ShouldBe(ResultStatus.Accepted);
        (await _issuer.ResultAsync()).Status.ShouldBe(ResultStatus.Accepted);
        _server.Relay.Counters.Wakes.ShouldBe(1);
    }

    [Fact]
    public async Task A_device_that_acknowledged_and_didnt_come_is_woken_anew_for_a_later_request()
    {
        await _issuer.AskAsync(_device.Id, timeoutTenths: 600);
        var wake = _device.OpenWake(await _device.ReceiveAsync());
        await _device.SendAsync(_device.WakeAck(wake));
        await _device.BeatAsync();
        _time.Advance(TimeSpan.FromSeconds(4));
        await _issuer.AskAsync(_device.Id);
        _device.OpenWake(await _device.ReceiveAsync()).WakeId.ShouldNotBe(wake.WakeId);
    }

    [Fact]
    public async Task A_device_that_doesnt_answer_in_time_is_told_as_no_answer()
    {
        var result = _issuer.AskAndHearAsync(_device.Id, timeoutTenths: 25);
        var waited = await _time.AdvanceUntilAsync(result, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(2.5));
        (await result).Status.ShouldBe(ResultStatus.NoAnswer);
        waited.ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(2.5));
        (await result).WaitedMs.ShouldBeInRange(2500u, 4000u);
        _device.Drain();
        (await _device.BeatAsync()).WakePending.ShouldBeFalse();
    }

    [Fact]
    public async Task Wakes_beyond_the_limit_of_a_minute_are_refused_with_when_to_try_again()
    {
        await using var other = await TestIssuer.OpenAsync(_server, IPAddress.Parse("127.0.0.2"));
        await WakeInVainAsync(_issuer, 3);
        await WakeInVainAsync(other, 3);
        await using var third = await TestIssuer.OpenAsync(_server, IPAddress.Parse("127.0.0.3"));
        var refused = await third.AskAndHearAsync(_device.Id, timeoutTenths: 1);
        refused.Status.ShouldBe(ResultStatus.Limited);
        refused.RetryAfter.ShouldBe((ushort)10);
        _server.Relay.Counters.Wakes.ShouldBe(6);
    }

    [Fact]
    public async Task One_issuers_address_starts_three_of_a_devices_wakes_and_leaves_the_others_to_others()
    {
        await WakeInVainAsync(_issuer, 3);
        var refused = await _issuer.AskAndHearAsync(_device.Id, timeoutTenths: 1);
        refused.Status.ShouldBe(ResultStatus.Limited);
        refused.RetryAfter.ShouldBeInRange((ushort)1, (ushort)20);
        _server.Relay.Counters.Wakes.ShouldBe(3);

        await using var other = await TestIssuer.OpenAsync(_server, IPAddress.Parse("127.0.0.2"));
        _device.Drain();
        await other.AskAsync(_device.Id, timeoutTenths: 100);
        _device.OpenWake(await _device.ReceiveAsync());
        // Who finds the device being woken needs no wake of his own.
        await _issuer.AskAsync(_device.Id, timeoutTenths: 100);
        await using var woken = await _device.ConnectAsync(wakeId: 0);
        for (int i = 0; i < 2; i++)
        {
            var second = SecondRequest.Parse(await woken.ReceiveAsync(InnerType.Connect2));
            await woken.SendAsync(InnerType.Answer, TestDevice.AnswerContent(second.RequestId, AnswerStatus.Accepted));
        }
        (await _issuer.ResultAsync()).Status.ShouldBe(ResultStatus.Accepted);
        (await other.ResultAsync()).Status.ShouldBe(ResultStatus.Accepted);
        _server.Relay.Counters.Wakes.ShouldBe(4);
    }

    [Fact]
    public async Task When_waking_fails_the_sealed_datagram_is_tried_with_the_same_request()
    {
        await RestartAsync(RoutePolicy.P4First);
        await _issuer.AskAsync(_device.Id, timeoutTenths: 100);
        _device.OpenWake(await _device.ReceiveAsync());
        var sealedRequest = ReceiveOtherThanAsync(DatagramType.Wake);
        var waited = await _time.AdvanceUntilAsync(sealedRequest, TimeSpan.FromMilliseconds(100));
        waited.ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(3));
        var second = SecondRequest.Parse(_device.OpenRequest(await sealedRequest));
        await _device.SendAsync(_device.AnswerFast(second.RequestId, AnswerStatus.Accepted));
        (await _issuer.ResultAsync()).Status.ShouldBe(ResultStatus.Accepted);
    }

    [Fact]
    [Trait("Claim", "1")]
    public async Task A_sealed_request_is_sent_at_0_500_and_1000_ms_and_then_the_device_is_woken_for_the_same_request()
    {
        await RestartAsync(RoutePolicy.FastFirst);
        await _issuer.AskAsync(_device.Id, timeoutTenths: 100);
        var first = SecondRequest.Parse(_device.OpenRequest(await _device.ReceiveAsync()));
        for (int i = 0; i < 2; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(499));
            await _device.BeatAsync();
            _time.Advance(TimeSpan.FromMilliseconds(1));
            SecondRequest.Parse(_device.OpenRequest(await _device.ReceiveAsync())).RequestId.ShouldBe(first.RequestId);
        }
        var waking = ReceiveOtherThanAsync(DatagramType.SealedRequest);
        (await _time.AdvanceUntilAsync(waking, TimeSpan.FromMilliseconds(100))).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(1));
        _server.Relay.Counters.FastDatagrams.ShouldBe(3);
        var wake = _device.OpenWake(await waking);
        await using var woken = await _device.ConnectAsync(wake.WakeId);
        var second = SecondRequest.Parse(await woken.ReceiveAsync(InnerType.Connect2));
        second.RequestId.ShouldBe(first.RequestId);
        second.E2E1.ShouldBe(first.E2E1);
        await woken.SendAsync(InnerType.Answer, TestDevice.AnswerContent(second.RequestId, AnswerStatus.Accepted));
        (await _issuer.ResultAsync()).Status.ShouldBe(ResultStatus.Accepted);
    }

    private async Task<byte[]> ReceiveOtherThanAsync(DatagramType type)
    {
        byte[] datagram;
        do datagram = await _device.ReceiveAsync();
        while (datagram[0] == (byte)type);
        return datagram;
    }

    private async Task RestartAsync(RoutePolicy route)
    {
        await DisposeAsync();
        await StartAsync(route);
    }

    private async Task WakeInVainAsync(TestIssuer issuer, int times)
    {
        for (int i = 0; i < times; i++)
        {
            var result = issuer.AskAndHearAsync(_device.Id, timeoutTenths: 1);
            await _time.AdvanceUntilAsync(result, TimeSpan.FromMilliseconds(100));
            (await result).Status.ShouldBe(ResultStatus.NoAnswer);
        }
    }

    private async Task StartAsync(RoutePolicy route)
    {
        _server = await TestServer.StartAsync(o => o.Route = route, _time);
        _device = await TestDevice.OnlineAsync(_server);
        _issuer = await TestIssuer.OpenAsync(_server);
    }
}
