using System.Net;
using FastRelay.Protocol.Tracing;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Options;
using FastRelay.Server.Tests.Support;
using FastRelay.Tests.Support;
using Microsoft.Extensions.Logging;

namespace FastRelay.Server.Tests;

/// <summary>Bad weather: a full table, clocks that jump, a shard that dies, an observer that fails.</summary>
public sealed class WeatherTests
{
    private static readonly TimeSpan Year = TimeSpan.FromDays(365);
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task When_the_table_is_full_newcomers_are_told_to_come_back_ever_later_and_those_who_are_in_stay_reachable()
    {
        await using var server = await TestServer.StartAsync(
            o => (o.Limits.Devices, o.Limits.HandshakeCapacity, o.Limits.RetryAfter, o.Route) = (2, 1, 1, RoutePolicy.P4Only), _time);
        await using var first = await TestDevice.OnlineAsync(server);
        await using var second = await TestDevice.OnlineAsync(server);
        ushort[] told = new ushort[4];
        for (int i = 0; i < told.Length; i++)
        {
            await using var newcomer = TestDevice.Create(server);
            var refused = await newcomer.RegisterAsync();
            refused.Status.ShouldBe(RegisterStatus.Full);
            told[i] = refused.RetryAfterSeconds;
        }
        told.ShouldBe([(ushort)2, (ushort)4, (ushort)6, (ushort)8]);

        (await first.BeatAsync()).Challenge.ShouldBeNull();
        (await second.RegisterAsync()).Status.ShouldBe(RegisterStatus.Registered);
        await second.ValidateAsync();
        server.Relay.Counters.Online.ShouldBe(2);
        await using var issuer = await TestIssuer.OpenAsync(server);
        await issuer.AskAsync(first.Id);
        first.OpenWake(await first.ReceiveAsync());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task A_jump_of_the_wall_clock_by_a_year_moves_neither_presence_nor_wakes_nor_deadlines_nor_limits(int years)
    {
        await using var server = await TestServer.StartAsync(o => o.Route = RoutePolicy.P4Only, _time);
        await using var device = await TestDevice.OnlineAsync(server);
        await using var issuer = await TestIssuer.OpenAsync(server);
        await using var silent = await TestConnection.ConnectAsync(server);
        var patience = TimeSpan.FromSeconds(2);
        // One timer is for the deadlines of all connections: those of the others were set at this instant too.
        await Within.Until(() => server.Relay.HalfOpenConnections == 1 && _time.IsArmedFor(patience), "the silent connection's deadline is set");

        // A request whose wake is under way.
        await issuer.AskAsync(device.Id, timeoutTenths: 100);
        ulong wakeId = device.OpenWake(await device.ReceiveAsync()).WakeId;
        _time.JumpWallClock(years * Year);
        _time.IsArmedFor(patience).ShouldBeTrue();
        _time.Advance(TimeSpan.FromMilliseconds(499));
        await device.BeatAsync();
        device.Drain().ShouldBeEmpty();
        _time.Advance(TimeSpan.FromMilliseconds(1));
        device.OpenWake(await device.ReceiveAsync()).WakeId.ShouldBe(wakeId);
        server.Relay.Counters.Online.ShouldBe(1);

        // The silent connection has its 2 s.
        _time.Advance(TimeSpan.FromMilliseconds(1499));
        server.Relay.HalfOpenConnections.ShouldBe(1);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        (await silent.EndsWithoutAWordAsync()).ShouldBeTrue();

        // The request has its 10 s.
        var result = issuer.ResultAsync();
        await Within.Until(() => server.Relay.HalfOpenConnections == 0, "the server is at rest");
        (await _time.AdvanceUntilAsync(result, TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(8))).ShouldBeInRange(TimeSpan.FromSeconds(7.5), TimeSpan.FromSeconds(12));
        (await result).Status.ShouldBe(ResultStatus.NoAnswer);

        // One of this address's three wakes is gone; the second and the third go, the fourth is refused, whatever year it is.
        for (int i = 0; i < 2; i++)
        {
            var vain = issuer.AskAndHearAsync(device.Id, timeoutTenths: 1);
            await _time.AdvanceUntilAsync(vain, TimeSpan.FromMilliseconds(100));
            (await vain).Status.ShouldBe(ResultStatus.NoAnswer);
        }
        _time.JumpWallClock(years * Year);
        (await issuer.AskAndHearAsync(device.Id, timeoutTenths: 1)).Status.ShouldBe(ResultStatus.Limited);

        // Present until three intervals after its last heartbeat.
        device.Drain();
        await device.BeatAsync();
        _time.JumpWallClock(-2 * years * Year);
        _time.Advance(TimeSpan.FromMilliseconds(74_999));
        server.Relay.Counters.Online.ShouldBe(1);
        _time.Advance(TimeSpan.FromMilliseconds(51));
        await Within.Until(() => server.Relay.Counters.Online == 0, "it is counted as offline");
    }

    [Fact]
    public async Task A_shard_whose_thread_dies_makes_the_server_unhealthy_and_says_so_in_the_log()
    {
        var entropy = new FailingEntropy();
        var events = new EventRecorder();
        await using var server = await TestServer.StartAsync(o => o.Deadlines.Stop = TimeSpan.FromMilliseconds(200), logs: events, entropy: entropy);
        await using var device = await TestDevice.OnlineAsync(server);
        entropy.IsDry = true;
        await ((Task)TestDevice.OnlineAsync(server)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        (await Should.ThrowAsync<InvalidOperationException>(server.Relay.Completion.Bounded())).Message.ShouldBe("a fault made by a test");
        server.Relay.IsHealthy.ShouldBeFalse();
        server.Relay.IsReady.ShouldBeFalse();
        await Within.Until(() => events.Events.Contains(1009), "it is told");
    }

    [Fact]
    public async Task A_process_whose_shard_dies_ends_instead_of_serving_half_of_its_devices()
    {
        string data = Path.Combine(Path.GetTempPath(), $"fastrelay-host-{Guid.NewGuid():N}");
        var entropy = new FailingEntropy();
        var options = new RelayServerOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0), Http = null, DataDirectory = data };
        options.Log.Level = LogLevel.None;
        options.Deadlines.Stop = TimeSpan.FromMilliseconds(200);
        var started = new TaskCompletionSource<RelayServer>();
        try
        {
            var running = ServerHost.RunAsync(options, started.SetResult, observer: null, entropy, CancellationToken.None);
            var server = TestServer.Around(await started.Task.Bounded(), data);
            entropy.IsDry = true;
            await ((Task)TestDevice.OnlineAsync(server)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            (await running.Bounded()).ShouldBeFalse("it wasn't told to stop");
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    [Fact]
    public async Task An_observer_that_throws_at_every_signal_stops_neither_connections_nor_the_shard()
    {
        var events = new EventRecorder();
        await using var server = await TestServer.StartAsync(o => o.Route = RoutePolicy.P4Only, observer: new ThrowingObserver(), logs: events);
        await using var device = await TestDevice.OnlineAsync(server);
        await using var issuer = await TestIssuer.OpenAsync(server);
        await issuer.AskAsync(device.Id);
        device.OpenWake(await device.ReceiveAsync());
        await device.BeatAsync();
        server.Relay.IsHealthy.ShouldBeTrue();
        events.Events.ShouldContain(1103);
    }

    private sealed class ThrowingObserver : ISignalObserver
    {
        public void OnSignal(in SignalEvent signal) => throw new InvalidOperationException("an observer's own fault");
    }
}
