using FastRelay.Equipment.Tests.Scripted;
using FastRelay.Protocol;
using FastRelay.Protocol.EndToEnd;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Tracing;
using FastRelay.Protocol.Wire;

namespace FastRelay.Equipment.Tests.Devices;

/// <summary>What a device does with a second connection request (SPEC 8.3): it dials only what it should.</summary>
public sealed class RequestTests
{
    [Theory]
    [InlineData("wrong")]
    [InlineData(null)]
    [InlineData(Loop.Password + " ")]
    [Trait("Claim", "10")]
    [Trait("Claim", "25")]
    public async Task A_wrong_password_or_none_causes_no_dial_at_all(string? password)
    {
        await using var loop = Loop.Start();
        var (device, session) = await loop.RegisteredDeviceAsync();
        await using var issuer = new HandmadeIssuer(device.Id, loop.Server.Descriptor!);
        var woken = await loop.WakeAsync(session.Cid);

        (await issuer.AskAsync(woken, issuer.Request(password))).ShouldBe((AnswerStatus.Refused, Verdict.PasswordRefused));

        // A right one afterwards is the first that the issuer's port sees.
        (await issuer.AskAsync(woken, issuer.Request())).ShouldBe((AnswerStatus.Accepted, null));
        await using var connection = await issuer.AcceptAsync();
        issuer.Session.TryAcceptCommReq(await ReadExactlyAsync(connection, CommReq.Size), out var channel).ShouldBe(RejectReason.None);
        channel!.Dispose();
        issuer.Dialled.IsCompleted.ShouldBeFalse();
        loop.Signals.Count(Signal.CommunicationRequest, sent: true).ShouldBe(1);
        loop.Signals.Count(Signal.PasswordChecked, sent: false).ShouldBe(2);
    }

    [Fact]
    [Trait("Claim", "10")]
    [Trait("Claim", "25")]
    public async Task The_right_password_makes_the_device_send_the_communication_request_to_the_address_in_the_request()
    {
        await using var loop = Loop.Start();
        var (device, session) = await loop.RegisteredDeviceAsync();
        await using var issuer = new HandmadeIssuer(device.Id, loop.Server.Descriptor!);
        var woken = await loop.WakeAsync(session.Cid);
        await issuer.AskAsync(woken, issuer.Request());

        await using var connection = await issuer.AcceptAsync();

        byte[] commReq = await ReadExactlyAsync(connection, CommReq.Size);
        issuer.Session.TryAcceptCommReq(commReq, out var channel).ShouldBe(RejectReason.None);
        channel!.Dispose();
    }

    [Fact]
    public async Task A_request_lifted_to_another_address_or_session_is_dropped_without_a_word()
    {
        await using var loop = Loop.Start();
        var (device, session) = await loop.RegisteredDeviceAsync();
        await using var issuer = new HandmadeIssuer(device.Id, loop.Server.Descriptor!);
        await using var other = new HandmadeIssuer(device.Id, loop.Server.Descriptor!);
        var woken = await loop.WakeAsync(session.Cid);

        await woken.SendAsync(InnerType.Connect2, issuer.Request(address: other.Address, candidate: issuer.Address));
        await woken.SendAsync(InnerType.Connect2, issuer.Request(breakBinding: true));
        (await issuer.AskAsync(woken, issuer.Request("wrong"))).ShouldBe((AnswerStatus.Refused, Verdict.PasswordRefused));

        // That answer was the first one, and nobody was dialled.
        issuer.Dialled.IsCompleted.ShouldBeFalse();
        other.Dialled.IsCompleted.ShouldBeFalse();
        loop.Signals.Count(Signal.PasswordChecked, sent: false).ShouldBe(1);
    }

    [Fact]
    public async Task A_repeated_request_gets_the_answer_it_got_and_no_second_dial()
    {
        await using var loop = Loop.Start();
        var (device, session) = await loop.RegisteredDeviceAsync();
        await using var issuer = new HandmadeIssuer(device.Id, loop.Server.Descriptor!);
        var woken = await loop.WakeAsync(session.Cid);
        byte[] request = issuer.Request(requestId: 7);
        await woken.SendAsync(InnerType.Connect2, request);
        byte[] answer = await woken.ReceiveAsync(InnerType.Answer);
        await using var connection = await issuer.AcceptAsync();

        await woken.SendAsync(InnerType.Connect2, request);
        (await woken.ReceiveAsync(InnerType.Answer)).ShouldBe(answer);
        request[7] ^= 1; // another request_id around the same sealed request: dropped
        await woken.SendAsync(InnerType.Connect2, request);
        (await issuer.AskAsync(woken, issuer.Request("wrong"))).Status.ShouldBe(AnswerStatus.Refused);

        issuer.Dialled.IsCompleted.ShouldBeFalse();
        device.Status.Connections.ShouldBe(1);
    }

    [Theory]
    [InlineData("127.0.0.1:22")]
    [InlineData("224.0.0.1:5000")]
    [InlineData("169.254.169.254:8080")]
    [InlineData("0.0.0.0:5000")]
    [InlineData("255.255.255.255:5000")]
    public async Task An_address_that_may_not_be_dialled_is_refused_and_told(string address)
    {
        await using var loop = Loop.Start();
        var (device, session) = await loop.RegisteredDeviceAsync();
        await using var issuer = new HandmadeIssuer(device.Id, loop.Server.Descriptor!);
        var woken = await loop.WakeAsync(session.Cid);

        var answer = await issuer.AskAsync(woken, issuer.Request(candidate: TransportAddress.From(System.Net.IPEndPoint.Parse(address))));

        answer.ShouldBe((AnswerStatus.Refused, Verdict.AddressRefused));
        device.Status.Connections.ShouldBe(0);
    }

    [Fact]
    public async Task A_request_of_another_time_or_descriptor_is_stale()
    {
        await using var loop = Loop.Start();
        var (device, session) = await loop.RegisteredDeviceAsync();
        await using var issuer = new HandmadeIssuer(device.Id, loop.Server.Descriptor!);
        var woken = await loop.WakeAsync(session.Cid);

        (await issuer.AskAsync(woken, issuer.Request(now: DateTimeOffset.UtcNow.AddSeconds(-130)))).ShouldBe((AnswerStatus.Refused, Verdict.Stale));
    }

    [Fact]
    public async Task A_full_device_is_busy()
    {
        await using var loop = Loop.Start();
        var (device, session) = await loop.RegisteredDeviceAsync(connections: 1);
        await using var issuer = new HandmadeIssuer(device.Id, loop.Server.Descriptor!);
        var woken = await loop.WakeAsync(session.Cid);
        (await issuer.AskAsync(woken, issuer.Request())).Status.ShouldBe(AnswerStatus.Accepted);
        await using var connection = await issuer.AcceptAsync();

        (await issuer.AskAsync(woken, issuer.Request())).ShouldBe((AnswerStatus.Refused, Verdict.Busy));
        (await issuer.AskAsync(woken, issuer.Request(capabilities: RequestCapabilities.Ping))).ShouldBe((AnswerStatus.Accepted, Verdict.Yes));
    }

    [Fact]
    public async Task A_silent_device_says_nothing_instead_of_refusing()
    {
        await using var loop = Loop.Start();
        var (device, session) = await loop.RegisteredDeviceAsync(silent: true);
        await using var issuer = new HandmadeIssuer(device.Id, loop.Server.Descriptor!);
        var woken = await loop.WakeAsync(session.Cid);

        await woken.SendAsync(InnerType.Connect2, issuer.Request("wrong"));

        (await issuer.AskAsync(woken, issuer.Request())).ShouldBe((AnswerStatus.Accepted, null));
        await using var connection = await issuer.AcceptAsync();
    }

    [Fact]
    [Trait("Claim", "8")]
    [Trait("Claim", "23")]
    public async Task A_request_in_a_sealed_datagram_is_answered_by_one_and_again_when_it_comes_again()
    {
        await using var loop = Loop.Start();
        var (device, session) = await loop.RegisteredDeviceAsync();
        await using var issuer = new HandmadeIssuer(device.Id, loop.Server.Descriptor!);
        byte[] request = issuer.Request();

        loop.Server.Udp.SendRequest(session.Cid, request);
        byte[] answer = await loop.Server.Udp.AnswerAsync();
        issuer.Read(answer).ShouldBe((AnswerStatus.Accepted, null));
        await using var connection = await issuer.AcceptAsync();
        loop.Server.Udp.SendRequest(session.Cid, request);

        (await loop.Server.Udp.AnswerAsync()).ShouldBe(answer);
        issuer.Dialled.IsCompleted.ShouldBeFalse();
        loop.Server.HasWoken.ShouldBeFalse();
    }

    [Fact]
    public async Task An_issuer_that_closes_instead_of_accepting_leaves_nothing_behind()
    {
        await using var loop = Loop.Start();
        bool served = false;
        loop.OnConnection = (_, _) =>
        {
            served = true;
            return Task.CompletedTask;
        };
        var (device, session) = await loop.RegisteredDeviceAsync();
        await using var issuer = new HandmadeIssuer(device.Id, loop.Server.Descriptor!);
        var woken = await loop.WakeAsync(session.Cid);
        await issuer.AskAsync(woken, issuer.Request());

        await (await issuer.AcceptAsync()).DisposeAsync();

        await WaitFor(() => device.Status.Connections == 0);
        served.ShouldBeFalse();
    }

    private static async Task WaitFor(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (!condition()) await Task.Delay(1, patience.Token);
    }

    private static async Task<byte[]> ReadExactlyAsync(FastRelay.Engine.Streams.StreamConnection connection, int count)
    {
        var read = await connection.Input.ReadAtLeastAsync(count).AsTask().WaitAsync(TimeSpan.FromSeconds(10));
        byte[] bytes = System.Buffers.BuffersExtensions.ToArray(read.Buffer.Slice(0, count));
        connection.Input.AdvanceTo(read.Buffer.GetPosition(count));
        return bytes;
    }
}
