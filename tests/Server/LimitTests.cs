using System.Buffers;
using System.Net;
using FastRelay.Protocol;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Tracing;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Limits;
using FastRelay.Server.Tests.Support;
using FastRelay.Tests.Support;

namespace FastRelay.Server.Tests;

public sealed class LimitTests
{
    private static readonly IPAddress Elsewhere = IPAddress.Parse("127.0.0.2");

    [Fact]
    public async Task Half_open_connections_of_a_prefix_are_limited_and_others_still_come_in()
    {
        await using var server = await TestServer.StartAsync(o => o.Limits.HalfOpenPerPrefix = 2);
        await using var first = await TestConnection.ConnectAsync(server);
        await using var second = await TestConnection.ConnectAsync(server);
        await TestConnection.IsTurnedAwayAsync(server);
        server.Relay.Counters.ConnectionsRefused.ShouldBe(1);

        await using (await TestIssuer.OpenAsync(server, Elsewhere)) { }
        // Whoever finishes leaves room.
        (await first.ShakeHandsAsync(server, ConnectionRole.Issuer)).Status.ShouldBe(HandshakeStatus.Completed);
        await Within.Until(() => server.Relay.Counters.Handshakes == 2, "the server has seen its FIN");
        await using var fourth = await TestIssuer.OpenAsync(server);
    }

    [Fact]
    public async Task Connections_of_a_prefix_are_limited_also_after_their_handshake()
    {
        await using var server = await TestServer.StartAsync(o => o.Limits.ConnectionsPerPrefix = 2);
        await using var first = await TestIssuer.OpenAsync(server);
        await using (await TestIssuer.OpenAsync(server))
        {
            await TestConnection.IsTurnedAwayAsync(server);
            await using (await TestIssuer.OpenAsync(server, Elsewhere)) { }
        }
        await Within.Until(() => server.Relay.OpenConnections == 1, "whoever leaves makes room");
        await using var third = await TestIssuer.OpenAsync(server);
    }

    [Fact]
    public async Task A_prefix_may_register_so_many_devices_and_no_more_until_one_leaves()
    {
        await using var server = await TestServer.StartAsync(o => o.Limits.DevicesPerPrefix = 1);
        await using var first = await TestDevice.OnlineAsync(server);
        await using (var second = TestDevice.Create(server))
        {
            (await second.RegisterAsync()).Status.ShouldBe(RegisterStatus.Refused);
            // Who is in stays in, also when it registers anew.
            (await first.RegisterAsync()).Status.ShouldBe(RegisterStatus.Registered);
            (await second.RegisterAsync()).Status.ShouldBe(RegisterStatus.Refused);
        }
    }

    [Fact]
    public async Task An_issuer_may_ask_for_one_device_so_often_and_no_more()
    {
        await using var server = await TestServer.StartAsync(o => (o.Limits.RequestsPerDevice, o.Limits.RequestBurst) = (1, 2), new ManualTimeProvider());
        await using var issuer = await TestIssuer.OpenAsync(server);
        var nobody = DeviceId.Read(new byte[DeviceId.Size]);
        (await issuer.AskAndHearAsync(nobody)).Status.ShouldBe(ResultStatus.Unavailable);
        (await issuer.AskAndHearAsync(nobody)).Status.ShouldBe(ResultStatus.Unavailable);
        var third = await issuer.AskAndHearAsync(nobody);
        third.Status.ShouldBe(ResultStatus.Limited);
        third.RetryAfter.ShouldBe((ushort)1);
        // Another device, and another issuer, aren't meant.
        (await issuer.AskAndHearAsync(DeviceId.Read(Enumerable.Repeat((byte)1, DeviceId.Size).ToArray()))).Status.ShouldBe(ResultStatus.Unavailable);
        await using var other = await TestIssuer.OpenAsync(server, Elsewhere);
        (await other.AskAndHearAsync(nobody)).Status.ShouldBe(ResultStatus.Unavailable);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_full_node_says_so_and_when_to_come_back(bool byHalfOpen)
    {
        await using var server = await TestServer.StartAsync(o =>
        {
            if (byHalfOpen) o.Limits.HalfOpen = 1;
            else o.Limits.Connections = 1;
        });
        await using var first = await TestConnection.ConnectAsync(server);
        await using var second = await TestConnection.ConnectAsync(server, Elsewhere);
        var alert = await second.ReceiveFrameAsync();
        alert!.Value.Type.ShouldBe(FrameType.Alert);
        Alert.TryParse(alert.Value.Payload, out var message).ShouldBe(RejectReason.None);
        message.Reason.ShouldBe(AlertReason.Overloaded);
        message.RetryAfterSeconds.ShouldBe((ushort)30);
        (await second.EndsWithoutAWordAsync()).ShouldBeTrue();
    }

    [Fact]
    public async Task Under_load_a_client_comes_back_with_a_cookie_and_gets_in()
    {
        var signals = new SignalRecorder();
        await using var server = await TestServer.StartAsync(o => o.Limits.LoadThreshold = 0, observer: signals);
        await using var issuer = await TestIssuer.OpenAsync(server);
        signals.Signals.Count(s => s == Signal.Retry).ShouldBe(1);
        signals.Signals.Count(s => s == Signal.Hello).ShouldBe(2);
    }

    [Fact]
    public async Task Under_load_a_prefix_may_start_so_many_handshakes_and_no_more()
    {
        var time = new ManualTimeProvider();
        await using var server = await TestServer.StartAsync(
            o =>
            {
                o.Limits.LoadThreshold = 0;
                o.Limits.HandshakeBurst = 5;
                o.Limits.HandshakesPerPrefix = 20;
            },
            time);
        for (int i = 0; i < 5; i++) await using (await TestIssuer.OpenAsync(server)) { }
        await IsToldToComeBackAsync(server);
        server.Relay.Counters.HandshakesRefused(HandshakeRefusal.TooFast).ShouldBe(1);
        await using (await TestIssuer.OpenAsync(server, Elsewhere)) { }
        time.Advance(TimeSpan.FromMilliseconds(50));
        await using (await TestIssuer.OpenAsync(server)) { }
    }

    [Fact]
    public async Task One_address_that_holds_many_handshakes_half_open_is_slowed_and_nobody_else_is()
    {
        var signals = new SignalRecorder();
        await using var server = await TestServer.StartAsync(time: new ManualTimeProvider(), observer: signals);
        var idle = new List<TestConnection>();
        try
        {
            while (idle.Count < 16) idle.Add(await TestConnection.ConnectAsync(server));
            await Within.Until(() => server.Relay.HalfOpenConnections == 16, "they are accepted");
            // 64 may be half-open; from the 17th on the address comes back with a cookie, and so fast and no faster.
            for (int i = 0; i < 5; i++) await using (await TestIssuer.OpenAsync(server)) { }
            signals.Signals.Count(s => s == Signal.Retry).ShouldBe(5);
            server.Relay.Counters.Retries.ShouldBe(5);
            await IsToldToComeBackAsync(server);

            await using (await TestIssuer.OpenAsync(server, Elsewhere)) { }
            signals.Signals.Count(s => s == Signal.Retry).ShouldBe(6);
        }
        finally
        {
            foreach (var connection in idle) await connection.DisposeAsync();
        }
        await Within.Until(() => server.Relay.HalfOpenConnections == 0, "they are gone");
        await using (await TestIssuer.OpenAsync(server)) { }
        signals.Signals.Count(s => s == Signal.Retry).ShouldBe(6);
    }

    [Fact]
    public async Task A_refused_connection_beyond_those_that_may_be_told_why_is_reset_at_once()
    {
        await using var server = await TestServer.StartAsync(o => (o.Limits.Connections, o.Limits.Refusals) = (1, 0));
        await using var first = await TestConnection.ConnectAsync(server);
        await TestConnection.IsTurnedAwayAsync(server, Elsewhere);
        server.Relay.Counters.ConnectionsRefused.ShouldBe(1);
    }

    [Fact]
    public async Task Who_asks_for_descriptors_too_fast_waits_for_them()
    {
        var time = new ManualTimeProvider();
        await using var server = await TestServer.StartAsync(o => (o.Limits.Descriptors, o.Limits.RequestBurst) = (1, 2), time);
        await using var issuer = await TestIssuer.OpenAsync(server);
        for (int i = 0; i < 3; i++) await issuer.Connection.SendAsync(InnerType.DescriptorGet, new byte[DeviceId.Size]);
        for (int i = 0; i < 2; i++) await issuer.Connection.ReceiveAsync(InnerType.Descriptor);
        var third = issuer.Connection.ReceiveAsync(InnerType.Descriptor);
        await Within.Until(() => time.IsArmedFor(TimeSpan.FromSeconds(1)), "the third is held back");
        time.Advance(TimeSpan.FromMilliseconds(999));
        time.IsArmedFor(TimeSpan.FromMilliseconds(1)).ShouldBeTrue();
        third.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromMilliseconds(1));
        await third.Bounded();
    }

    [Fact]
    public async Task A_prefix_whose_descriptors_would_be_held_back_too_long_is_cut_off_and_others_get_theirs()
    {
        var time = new ManualTimeProvider();
        await using var server = await TestServer.StartAsync(o => (o.Limits.DescriptorsPerPrefix, o.Limits.RequestBurst) = (1, 1), time);
        var issuers = new List<TestIssuer>();
        try
        {
            for (int i = 0; i <= 5; i++)
            {
                issuers.Add(await TestIssuer.OpenAsync(server));
                await issuers[i].Connection.SendAsync(InnerType.DescriptorGet, new byte[DeviceId.Size]);
                if (i > 0) await Within.Until(() => time.IsArmedFor(TimeSpan.FromSeconds(i)), "it is held back");
            }
            await using var last = await TestIssuer.OpenAsync(server);
            await last.Connection.SendAsync(InnerType.DescriptorGet, new byte[DeviceId.Size]);
            (await last.Connection.ReceiveAsync(InnerType.Close)).ShouldBe([(byte)CloseReason.Policy]);

            await using var other = await TestIssuer.OpenAsync(server, Elsewhere);
            await other.Connection.SendAsync(InnerType.DescriptorGet, new byte[DeviceId.Size]);
            await other.Connection.ReceiveAsync(InnerType.Descriptor);
        }
        finally
        {
            foreach (var issuer in issuers) await issuer.DisposeAsync();
        }
    }

    [Fact]
    public async Task Open_requests_of_a_connection_are_limited()
    {
        await using var server = await TestServer.StartAsync(o => o.Limits.OpenRequests = 3);
        await using var device = await TestDevice.OnlineAsync(server);
        await using var issuer = await TestIssuer.OpenAsync(server);
        for (int i = 0; i < 3; i++) await issuer.AskAsync(device.Id, timeoutTenths: 600);
        var refused = await issuer.AskAndHearAsync(device.Id);
        refused.Status.ShouldBe(ResultStatus.Limited);
        refused.RetryAfter.ShouldBe((ushort)1);
    }

    [Fact]
    public async Task A_ref_that_is_open_already_ends_the_connection()
    {
        await using var server = await TestServer.StartAsync();
        await using var device = await TestDevice.OnlineAsync(server);
        await using var issuer = await TestIssuer.OpenAsync(server);
        await issuer.AskAsync(device.Id, reference: 7);
        await issuer.AskAsync(device.Id, reference: 7);
        (await issuer.Connection.EndsWithoutAWordAsync()).ShouldBeTrue();
    }

    [Fact]
    public async Task Five_distinct_devices_a_minute_may_be_asked_to_dial_one_address()
    {
        var time = new ManualTimeProvider();
        await using var server = await TestServer.StartAsync(o => o.Deadlines.IssuerIdle = TimeSpan.FromSeconds(300), time);
        await using var issuer = await TestIssuer.OpenAsync(server);
        for (uint i = 1; i <= 5; i++) (await issuer.AskAndHearAsync(new DeviceId(i))).Status.ShouldBe(ResultStatus.Unavailable);
        var refused = await issuer.AskAndHearAsync(new DeviceId(6));
        refused.Status.ShouldBe(ResultStatus.Limited);
        refused.RetryAfter.ShouldBe((ushort)60);
        (await issuer.AskAndHearAsync(new DeviceId(5))).Status.ShouldBe(ResultStatus.Unavailable);

        time.Advance(TimeSpan.FromSeconds(60));
        (await issuer.AskAndHearAsync(new DeviceId(6))).Status.ShouldBe(ResultStatus.Unavailable);
    }

    [Fact]
    public async Task Twenty_distinct_devices_a_minute_may_be_asked_for_from_one_address()
    {
        await using var server = await TestServer.StartAsync(time: new ManualTimeProvider());
        for (uint connection = 0; connection < 5; connection++)
        {
            await using var issuer = await TestIssuer.OpenAsync(server);
            for (uint i = 1; i <= 5 && (connection * 5) + i <= 20; i++)
                (await issuer.AskAndHearAsync(new DeviceId((connection * 5) + i))).Status.ShouldBe(ResultStatus.Unavailable);
            if (connection == 4) (await issuer.AskAndHearAsync(new DeviceId(21))).Status.ShouldBe(ResultStatus.Limited);
        }
        await using var other = await TestIssuer.OpenAsync(server, Elsewhere);
        (await other.AskAndHearAsync(new DeviceId(21))).Status.ShouldBe(ResultStatus.Unavailable);
    }

    [Fact]
    public async Task A_peer_that_doesnt_read_is_cut_off_and_its_memory_is_bounded()
    {
        await using var server = await TestServer.StartAsync(o =>
        {
            o.Deadlines.Send = TimeSpan.FromMilliseconds(200);
            o.Limits.Descriptors = o.Limits.DescriptorsPerPrefix = o.Limits.RequestBurst = 1_000_000;
        });
        await using var device = await TestDevice.OnlineAsync(server);
        await using var issuer = await TestIssuer.OpenAsync(server);
        byte[] get = new byte[16];
        device.Id.Write(get);
        var output = new ArrayBufferWriter<byte>();
        for (int i = 0; i < 1000; i++) issuer.Connection.Channel.Seal(InnerType.DescriptorGet, get, output, 0);
        // Each asks 40 bytes and gets 270: the answers pile up in the kernel, then in the pipe, then the connection goes.
        try
        {
            for (int i = 0; i < 100; i++)
            {
                await issuer.Connection.SendRawAsync(output.WrittenMemory);
                output.Clear();
                for (int k = 0; k < 1000; k++) issuer.Connection.Channel.Seal(InnerType.DescriptorGet, get, output, 0);
            }
        }
        catch (Exception e) when (e is IOException or TimeoutException)
        {
            // The server has reset it.
        }
        await Within.Until(() => server.Relay.IsHealthy && OpenConnections(server) == 0, "the connection is gone");
    }

    private static async Task IsToldToComeBackAsync(TestServer server)
    {
        await using var connection = await TestConnection.ConnectAsync(server);
        (await connection.ShakeHandsAsync(server, ConnectionRole.Issuer)).ShouldBe((HandshakeStatus.Failed, RejectReason.Refused));
    }

    private static long OpenConnections(TestServer server) => server.Relay.OpenConnections;
}
