using System.Buffers;
using System.Security.Cryptography;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Tests.Support;
using FastRelay.Tests.Support;

namespace FastRelay.Server.Tests;

public sealed class DeadlineTests
{
    private readonly ManualTimeProvider _time = new();

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(100)]
    public async Task A_connection_without_its_whole_HELLO_is_reset_after_2_s(int bytesSent)
    {
        await using var server = await TestServer.StartAsync(time: _time);
        await using var connection = await TestConnection.ConnectAsync(server);
        await connection.SendRawAsync(Hello(server).AsMemory(0, bytesSent));
        await Within.Until(() => server.Relay.Counters.HandshakesFailed == 0 && _time.ArmedTimers > 1, "the deadline is set");
        var ended = connection.EndsWithoutAWordAsync();
        (await _time.AdvanceUntilAsync(ended, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(2))).ShouldBeInRange(TimeSpan.FromSeconds(1.9), TimeSpan.FromSeconds(3.5));
        (await ended).ShouldBeTrue();
        await Within.Until(() => server.Relay.Counters.HandshakesFailed == 1, "it is counted");
    }

    [Fact]
    public async Task Dribbling_bytes_doesnt_move_the_deadline()
    {
        await using var server = await TestServer.StartAsync(time: _time);
        await using var connection = await TestConnection.ConnectAsync(server);
        byte[] hello = Hello(server);
        var ended = connection.EndsWithoutAWordAsync();
        var patience = TimeSpan.FromSeconds(2);
        await Within.Until(() => _time.IsArmedFor(patience), "the deadline is set");
        for (int i = 0; i < 19; i++)
        {
            await connection.SendRawAsync(hello.AsMemory(i, 1));
            await Task.WhenAny(ended, Task.Delay(10)); // for the server to read it, or it couldn't be led astray by it
            _time.Advance(TimeSpan.FromMilliseconds(100));
            ended.IsCompleted.ShouldBeFalse("it has its 2 s");
        }
        server.Relay.OpenConnections.ShouldBe(1);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        (await ended).ShouldBeTrue();
        await Within.Until(() => server.Relay.Counters.HandshakesFailed == 1, "it is counted");
    }

    [Fact]
    public async Task A_connection_without_its_FIN_is_reset_5_s_after_it_was_accepted()
    {
        await using var server = await TestServer.StartAsync(time: _time);
        await using var connection = await TestConnection.ConnectAsync(server);
        await connection.SendRawAsync(Hello(server));
        (await connection.ReceiveFrameAsync())!.Value.Type.ShouldBe(FrameType.Certificate);
        var ended = connection.EndsWithoutAWordAsync();
        (await _time.AdvanceUntilAsync(ended, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(5))).ShouldBeInRange(TimeSpan.FromSeconds(4.9), TimeSpan.FromSeconds(7));
        (await ended).ShouldBeTrue();
    }

    [Theory]
    [InlineData(ConnectionRole.Issuer)]
    [InlineData(ConnectionRole.Register)]
    public async Task A_connection_without_a_first_message_is_closed_after_10_s(ConnectionRole role)
    {
        await using var server = await TestServer.StartAsync(time: _time);
        using var identity = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await using var connection = await TestConnection.OpenAsync(server, role, role == ConnectionRole.Register ? identity : null);
        await ClosedForIdlenessAfter(connection, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_KEY_UPDATE_isnt_a_message_and_gives_no_more_time_for_one()
    {
        await using var server = await TestServer.StartAsync(o => o.Deadlines.IssuerIdle = TimeSpan.FromSeconds(100), _time);
        await using var unknown = TestDevice.Create(server);
        await using var issuer = await TestIssuer.OpenAsync(server);
        await issuer.AskAndHearAsync(unknown.Id);
        var closed = issuer.Connection.ReceiveAsync(InnerType.Close);
        for (int i = 0; i < 12; i++)
        {
            await Task.WhenAny(closed, Task.Delay(10));
            _time.Advance(TimeSpan.FromSeconds(5));
        }
        closed.IsCompleted.ShouldBeFalse();
        await issuer.Connection.SendAsync(InnerType.KeyUpdate, []);
        // 40 s are left; with the time given anew it would be 100.
        (await _time.AdvanceUntilAsync(closed, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(40))).ShouldBeLessThan(TimeSpan.FromSeconds(90));
        (await closed).ShouldBe([(byte)CloseReason.Idle]);
    }

    [Fact]
    public async Task An_issuers_connection_without_an_open_request_is_closed_after_60_s()
    {
        await using var server = await TestServer.StartAsync(time: _time);
        await using var unknown = TestDevice.Create(server);
        await using var issuer = await TestIssuer.OpenAsync(server);
        await issuer.AskAndHearAsync(unknown.Id);
        await ClosedForIdlenessAfter(issuer.Connection, TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task An_open_request_keeps_the_issuers_connection()
    {
        await using var server = await TestServer.StartAsync(
            o =>
            {
                o.Deadlines.IssuerIdle = TimeSpan.FromSeconds(15);
                o.Route = Options.RoutePolicy.P4Only;
            },
            _time);
        await using var device = await TestDevice.OnlineAsync(server);
        await using var issuer = await TestIssuer.OpenAsync(server);
        var result = issuer.AskAndHearAsync(device.Id, timeoutTenths: 200);
        device.OpenWake(await device.ReceiveAsync());
        // The clock may have gone on by a step or two before the result is seen here: a small part of the patience.
        await _time.AdvanceUntilAsync(result, TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(20));
        (await result).Status.ShouldBe(ResultStatus.NoAnswer);
        await ClosedForIdlenessAfter(issuer.Connection, TimeSpan.FromSeconds(15));
    }

    [Fact]
    public async Task A_woken_devices_connection_without_a_request_is_closed_after_30_s()
    {
        await using var server = await TestServer.StartAsync(time: _time);
        await using var device = await TestDevice.OnlineAsync(server);
        await using var issuer = await TestIssuer.OpenAsync(server);
        await using var woken = await device.ConnectAsync(0);
        await issuer.AskAsync(device.Id);
        await woken.ReceiveAsync(InnerType.Connect2);
        _time.Advance(TimeSpan.FromSeconds(20));
        await issuer.AskAsync(device.Id);
        await woken.ReceiveAsync(InnerType.Connect2);
        await ClosedForIdlenessAfter(woken, TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_request_waits_no_longer_than_the_most_that_is_allowed()
    {
        await using var server = await TestServer.StartAsync(o => o.Deadlines.RequestMost = o.Deadlines.Request = TimeSpan.FromSeconds(1), _time);
        await using var device = await TestDevice.OnlineAsync(server);
        await using var issuer = await TestIssuer.OpenAsync(server);
        var result = issuer.AskAndHearAsync(device.Id, timeoutTenths: 65_535);
        await _time.AdvanceUntilAsync(result, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1));
        (await result).WaitedMs.ShouldBeInRange(1000u, 2500u);
    }

    private async Task ClosedForIdlenessAfter(TestConnection connection, TimeSpan patience)
    {
        var closed = connection.ReceiveAsync(InnerType.Close);
        var step = patience / 20;
        var waited = await _time.AdvanceUntilAsync(closed, step, patience);
        (await closed).ShouldBe([(byte)CloseReason.Idle]);
        waited.ShouldBeInRange(patience - step, patience * 1.5);
        (await connection.EndsWithoutAWordAsync()).ShouldBeTrue();
    }

    private byte[] Hello(TestServer server)
    {
        using var handshake = new ClientHandshake(new ClientHandshakeOptions { Role = ConnectionRole.Issuer, Policy = server.Policy() });
        var output = new ArrayBufferWriter<byte>();
        handshake.Start(_time.GetUtcNow(), output);
        return output.WrittenSpan.ToArray();
    }
}
