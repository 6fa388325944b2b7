using System.Security.Cryptography;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Request;
using FastRelay.Protocol.Tracing;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Options;
using FastRelay.Server.Tests.Support;

namespace FastRelay.Server.Tests;

public sealed class RequestTests
{
    [Theory]
    [Trait("Claim", "2")]
    [Trait("Claim", "3")]
    [Trait("Claim", "4")]
    [Trait("Claim", "13")]
    [Trait("Claim", "14")]
    [Trait("Claim", "15")]
    [Trait("Claim", "17")]
    [Trait("Claim", "18")]
    [Trait("Claim", "19")]
    [Trait("Claim", "28")]
    [Trait("Claim", "29")]
    [Trait("Claim", "30")]
    [InlineData(Connect1.MinE2E1)]
    [InlineData(Connect1.MaxE2E1)]
    public async Task A_request_goes_by_wake_and_second_connection_and_its_answer_comes_back(int sealedBytes)
    {
        var signals = new SignalRecorder();
        await using var server = await TestServer.StartAsync(observer: signals);
        await using var device = await TestDevice.OnlineAsync(server);
        await using var issuer = await TestIssuer.OpenAsync(server);
        byte[] e2e1 = RandomNumberGenerator.GetBytes(sealedBytes);

        uint reference = await issuer.AskAsync(device.Id, e2e1);
        var wake = device.OpenWake(await device.ReceiveAsync());
        wake.WakeId.ShouldNotBe(0ul);
        wake.Reason.ShouldBe(Wake.ReasonRequest);
        wake.CallbackPort.ShouldBe((ushort)0);
        await device.SendAsync(device.WakeAck(wake));
        await using var woken = await device.ConnectAsync(wake.WakeId);
        var second = SecondRequest.Parse(await woken.ReceiveAsync(InnerType.Connect2));

        second.Address.ShouldBe(issuer.Connection.Local);
        second.E2E1.ShouldBe(e2e1);
        second.SamePublic.ShouldBeTrue();
        byte[] binding = new byte[SessionBinding.Size];
        SessionBinding.Compute(issuer.Connection.Channel, device.Id, issuer.Connection.Observed, binding);
        second.SessionBinding.ShouldBe(binding);

        await woken.SendAsync(InnerType.Answer, TestDevice.AnswerContent(second.RequestId, AnswerStatus.Accepted));
        var result = await issuer.ResultAsync();
        result.Ref.ShouldBe(reference);
        result.Status.ShouldBe(ResultStatus.Accepted);
        result.Verdict.ShouldBeEmpty();
        await Within.Until(() => signals.Signals.Contains(Signal.Result), "the observer is told of the result");
        TheSignalsAreInTheClaimsOrder(signals);
    }

    [Fact]
    [Trait("Claim", "1")]
    [Trait("Claim", "12")]
    [Trait("Claim", "16")]
    [Trait("Claim", "27")]
    [Trait("Claim", "31")]
    [Trait("Claim", "34")]
    public async Task A_request_goes_in_one_sealed_datagram_as_the_response_to_the_heartbeat()
    {
        var signals = new SignalRecorder();
        await using var server = await TestServer.StartAsync(o => o.Route = RoutePolicy.FastFirst, observer: signals);
        await using var device = await TestDevice.OnlineAsync(server);
        await using var issuer = await TestIssuer.OpenAsync(server);
        byte[] e2e1 = RandomNumberGenerator.GetBytes(Connect1.MaxE2E1);

        await issuer.AskAsync(device.Id, e2e1);
        var second = SecondRequest.Parse(device.OpenRequest(await device.ReceiveAsync()));
        second.Address.ShouldBe(issuer.Connection.Local);
        second.E2E1.ShouldBe(e2e1);
        await device.SendAsync(device.AnswerFast(second.RequestId, AnswerStatus.Accepted));

        (await issuer.ResultAsync()).Status.ShouldBe(ResultStatus.Accepted);
        device.Drain().ShouldBeEmpty();
        signals.Signals.ShouldContain(Signal.SecondRequestFast);
        signals.Signals.ShouldNotContain(Signal.ThirdRequest);
    }

    [Theory]
    [InlineData(RoutePolicy.FastFirst)]
    [InlineData(RoutePolicy.P4Only)]
    [InlineData(RoutePolicy.P4First)]
    public async Task A_device_that_isnt_validated_yet_is_woken_whatever_the_policy(RoutePolicy route)
    {
        await using var server = await TestServer.StartAsync(o => o.Route = route);
        await using var device = TestDevice.Create(server);
        await device.RegisterAsync();
        await device.BeatAsync();
        await using var issuer = await TestIssuer.OpenAsync(server);

        await issuer.AskAsync(device.Id);
        device.OpenWake(await device.ReceiveAsync()).WakeId.ShouldNotBe(0ul);
    }

    [Fact]
    public async Task Under_FastOnly_a_device_that_isnt_validated_doesnt_answer()
    {
        await using var server = await TestServer.StartAsync(o => o.Route = RoutePolicy.FastOnly);
        await using var device = TestDevice.Create(server);
        await device.RegisterAsync();
        await device.BeatAsync();
        await using var issuer = await TestIssuer.OpenAsync(server);

        (await issuer.AskAndHearAsync(device.Id, timeoutTenths: 1)).Status.ShouldBe(ResultStatus.NoAnswer);
        device.Drain().ShouldBeEmpty();
    }

    [Fact]
    public async Task While_the_second_connection_is_open_no_wake_is_sent()
    {
        await using var server = await TestServer.StartAsync();
        await using var device = await TestDevice.OnlineAsync(server);
        await using var issuer = await TestIssuer.OpenAsync(server);
        await issuer.AskAsync(device.Id);
        var wake = device.OpenWake(await device.ReceiveAsync());
        await using var woken = await device.ConnectAsync(wake.WakeId);

        for (int i = 0; i < 10; i++)
        {
            if (i > 0) await issuer.AskAsync(device.Id);
            var second = SecondRequest.Parse(await woken.ReceiveAsync(InnerType.Connect2));
            await woken.SendAsync(InnerType.Answer, TestDevice.AnswerContent(second.RequestId, AnswerStatus.Accepted));
            (await issuer.ResultAsync()).Status.ShouldBe(ResultStatus.Accepted);
        }
        server.Relay.Counters.Wakes.ShouldBe(1);
    }

    [Fact]
    public async Task Several_requests_are_open_at_once_and_are_answered_in_the_devices_order()
    {
        await using var server = await TestServer.StartAsync();
        await using var device = await TestDevice.OnlineAsync(server);
        await using var issuer = await TestIssuer.OpenAsync(server);
        byte[][] e2e1 = [.. Enumerable.Range(0, 5).Select(_ => RandomNumberGenerator.GetBytes(300))];
        var refs = new List<uint>();
        foreach (byte[] one in e2e1) refs.Add(await issuer.AskAsync(device.Id, one));

        var wake = device.OpenWake(await device.ReceiveAsync());
        await using var woken = await device.ConnectAsync(wake.WakeId);
        var received = new List<SecondRequest>();
        foreach (var _ in refs) received.Add(SecondRequest.Parse(await woken.ReceiveAsync(InnerType.Connect2)));
        received.Select(r => r.RequestId).ShouldBeUnique();

        foreach (int i in new[] { 3, 0, 4, 1, 2 })
        {
            ulong id = received.Single(r => r.E2E1.AsSpan().SequenceEqual(e2e1[i])).RequestId;
            await woken.SendAsync(InnerType.Answer, TestDevice.AnswerContent(id, AnswerStatus.Accepted));
            (await issuer.ResultAsync()).Ref.ShouldBe(refs[i]);
        }
        server.Relay.Counters.Wakes.ShouldBe(1);
    }

    [Fact]
    public async Task A_refusal_brings_the_sealed_verdict_and_says_unavailable()
    {
        await using var server = await TestServer.StartAsync(o => o.Route = RoutePolicy.FastFirst);
        await using var device = await TestDevice.OnlineAsync(server);
        await using var issuer = await TestIssuer.OpenAsync(server);
        byte[] verdict = RandomNumberGenerator.GetBytes(Result.VerdictSize);

        await issuer.AskAsync(device.Id);
        var second = SecondRequest.Parse(device.OpenRequest(await device.ReceiveAsync()));
        await device.SendAsync(device.AnswerFast(second.RequestId, AnswerStatus.Refused, verdict));
        var result = await issuer.ResultAsync();
        result.Status.ShouldBe(ResultStatus.Unavailable);
        result.Verdict.ShouldBe(verdict);
    }

    [Fact]
    public async Task Unknown_offline_and_refused_without_a_verdict_are_the_same_bytes()
    {
        await using var server = await TestServer.StartAsync(o => o.Route = RoutePolicy.FastFirst);
        await using var device = await TestDevice.OnlineAsync(server);
        await using var gone = await TestDevice.OnlineAsync(server);
        await gone.SendAsync(gone.Heartbeat(goodbye: true));
        await Within.Until(() => server.Relay.Counters.Online == 1, "the goodbye is taken");
        await using var unheard = TestDevice.Create(server);
        await unheard.RegisterAsync();
        await using var unknown = TestDevice.Create(server);
        await using var issuer = await TestIssuer.OpenAsync(server);

        var answers = new List<IssuerResult>();
        foreach (var id in new[] { unknown.Id, gone.Id, unheard.Id }) answers.Add(await issuer.AskAndHearAsync(id));
        await issuer.AskAsync(device.Id);
        var second = SecondRequest.Parse(device.OpenRequest(await device.ReceiveAsync()));
        await device.SendAsync(device.AnswerFast(second.RequestId, AnswerStatus.Refused));
        answers.Add(await issuer.ResultAsync());

        answers.ShouldAllBe(a => a.Status == ResultStatus.Unavailable);
        foreach (var answer in answers) answer.Uniform.ShouldBe(answers[0].Uniform);
        answers.Take(3).ShouldAllBe(a => a.WaitedMs < 1000);
    }

    [Fact]
    public async Task The_address_must_be_the_observed_one()
    {
        await using var server = await TestServer.StartAsync();
        await using var device = await TestDevice.OnlineAsync(server);
        await using var issuer = await TestIssuer.OpenAsync(server);
        var observed = issuer.Connection.Observed;
        observed.ShouldBe(issuer.Connection.Local);

        foreach (var address in new[] { observed with { Port = (ushort)(observed.Port ^ 1) }, observed with { Ip = observed.Ip + 1 }, default })
        {
            await issuer.AskAsync(device.Id, address: address);
            (await issuer.ResultAsync()).Status.ShouldBe(ResultStatus.AddressRefused);
        }
        device.Drain().ShouldBeEmpty();
    }

    [Fact]
    public async Task Another_devices_answer_and_one_to_an_unknown_request_change_nothing()
    {
        await using var server = await TestServer.StartAsync(o => o.Route = RoutePolicy.FastFirst);
        await using var device = await TestDevice.OnlineAsync(server);
        await using var other = await TestDevice.OnlineAsync(server);
        await using var issuer = await TestIssuer.OpenAsync(server);

        await issuer.AskAsync(device.Id);
        var second = SecondRequest.Parse(device.OpenRequest(await device.ReceiveAsync()));
        await other.SendAsync(other.AnswerFast(second.RequestId, AnswerStatus.Accepted));
        await other.SendAsync(other.AnswerFast(second.RequestId ^ 1, AnswerStatus.Accepted));
        await other.BeatAsync(); // both are through
        server.Relay.Counters.OpenRequests.ShouldBe(1);
        await device.SendAsync(device.AnswerFast(second.RequestId, AnswerStatus.Refused));
        (await issuer.ResultAsync()).Status.ShouldBe(ResultStatus.Unavailable);
    }

    [Fact]
    public async Task A_descriptor_comes_as_it_was_registered_and_empty_for_an_unknown_device()
    {
        await using var server = await TestServer.StartAsync();
        await using var device = await TestDevice.OnlineAsync(server);
        await using var unknown = TestDevice.Create(server);
        await using var issuer = await TestIssuer.OpenAsync(server);

        foreach (var (asked, expected) in new[] { (device, device.Descriptor.Bytes.ToArray()), (unknown, []) })
        {
            byte[] get = new byte[16];
            asked.Id.Write(get);
            await issuer.Connection.SendAsync(InnerType.DescriptorGet, get);
            var found = Reply(await issuer.Connection.ReceiveAsync(InnerType.Descriptor));
            found.Device.ShouldBe(asked.Id);
            found.Descriptor.ShouldBe(expected);
        }

        static (Protocol.DeviceId Device, byte[] Descriptor) Reply(byte[] content)
        {
            DescriptorReply.TryParse(content, out var reply).ShouldBe(RejectReason.None);
            return (reply.Device, reply.Descriptor.ToArray());
        }
    }

    [Fact]
    public async Task After_its_CLOSE_an_issuer_still_gets_its_result()
    {
        await using var server = await TestServer.StartAsync(o => o.Route = RoutePolicy.FastFirst);
        await using var device = await TestDevice.OnlineAsync(server);
        await using var issuer = await TestIssuer.OpenAsync(server);
        await issuer.AskAsync(device.Id);
        await issuer.Connection.SendAsync(InnerType.Close, [(byte)CloseReason.Done]);
        var second = SecondRequest.Parse(device.OpenRequest(await device.ReceiveAsync()));
        await device.SendAsync(device.AnswerFast(second.RequestId, AnswerStatus.Accepted));
        (await issuer.ResultAsync()).Status.ShouldBe(ResultStatus.Accepted);
        (await issuer.Connection.ReceiveAsync(InnerType.Close)).ShouldBe([(byte)CloseReason.Done]);
    }

    [Fact]
    public async Task When_the_issuer_is_gone_its_request_ends()
    {
        await using var server = await TestServer.StartAsync();
        await using var device = await TestDevice.OnlineAsync(server);
        var issuer = await TestIssuer.OpenAsync(server);
        await issuer.AskAsync(device.Id, timeoutTenths: 600);
        device.OpenWake(await device.ReceiveAsync());
        server.Relay.Counters.OpenRequests.ShouldBe(1);
        issuer.Connection.Reset();
        await Within.Until(() => server.Relay.Counters.OpenRequests == 0, "the request ends");
    }

    private static void TheSignalsAreInTheClaimsOrder(SignalRecorder signals)
    {
        var first = signals.Events.Where(e => e.Role == ConnectionRole.Issuer).Select(e => e.Signal);
        first.ShouldBe([
            Signal.Hello, Signal.Certificate, Signal.ClientKey, Signal.ServerKey, Signal.ServerFinished, Signal.Observed, Signal.ClientFinished,
            Signal.FirstRequest, Signal.Result,
        ]);
        var second = signals.Events.Where(e => e.Role == ConnectionRole.Wake).Select(e => e.Signal);
        second.ShouldBe([
            Signal.Hello, Signal.Certificate, Signal.ClientKey, Signal.ServerKey, Signal.ServerFinished, Signal.Observed, Signal.ClientFinished,
            Signal.SecondRequest, Signal.Answer,
        ]);
        var all = signals.Events.ToList();
        int At(Signal signal, ConnectionRole role) => all.FindIndex(e => e.Signal == signal && e.Role == role);
        int third = At(Signal.ThirdRequest, ConnectionRole.None);
        third.ShouldBeGreaterThan(At(Signal.FirstRequest, ConnectionRole.Issuer));
        third.ShouldBeLessThan(At(Signal.Hello, ConnectionRole.Wake));
        signals.Events.ShouldAllBe(e => e.Bytes > 0);
    }
}
