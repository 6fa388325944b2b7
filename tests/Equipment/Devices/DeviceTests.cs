using FastRelay.Equipment.Tests.Scripted;
using FastRelay.Protocol.Tracing;
using FastRelay.Protocol.Wire;
using FastRelay.Tests.Support;

namespace FastRelay.Equipment.Tests.Devices;

/// <summary>A device's life at its server: registration, heartbeats, wakes. The clock is the test's where time matters.</summary>
public sealed class DeviceTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Claim", "8")]
    [Trait("Claim", "23")]
    public async Task A_registered_device_beats_at_once_and_asks_then_every_interval()
    {
        await using var loop = Loop.Start();
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        var device = await loop.DeviceAsync(time, entropy: new FixedEntropy(0));
        var first = (await loop.Server.Udp.HeartbeatAsync()).Heartbeat;
        await device.RegisteredAsync(Token);

        first.AckWanted.ShouldBeTrue();
        first.Counter.ShouldBe(1ul);
        device.Status.Condition.ShouldBe(DeviceCondition.Online);
        for (ulong i = 2; i < 5; i++)
        {
            await Advance(time, 20);
            (await loop.Server.Udp.HeartbeatAsync()).Heartbeat.Counter.ShouldBe(i);
            await Until(() => loop.Signals.Count(Signal.Ack, sent: false) == (int)i);
        }
    }

    [Fact]
    public async Task A_silent_server_is_asked_again_after_1_2_and_4_seconds_then_the_device_registers_anew_from_another_socket()
    {
        await using var loop = Loop.Start();
        loop.Server.Udp.IsMuted = true;
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await loop.DeviceAsync(time, entropy: new FixedEntropy(0));
        await loop.Server.RegistrationAsync();
        var (first, source) = await loop.Server.Udp.HeartbeatAsync();

        foreach (int wait in new[] { 1, 2, 4 })
        {
            time.Advance(wait * Second - TimeSpan.FromMilliseconds(10));
            loop.Server.Udp.WaitingHeartbeats.ShouldBe(0);
            time.Advance(TimeSpan.FromMilliseconds(10));
            var (again, from) = await loop.Server.Udp.HeartbeatAsync();
            again.AckWanted.ShouldBeTrue();
            from.ShouldBe(source);
        }
        time.Advance(4 * Second);
        await AdvanceUntil(time, loop.Server.RegistrationAsync());
        var (anew, other) = await loop.Server.Udp.HeartbeatAsync();

        first.Counter.ShouldBe(1ul);
        anew.Counter.ShouldBe(1ul);
        other.Port.ShouldNotBe(source.Port);
    }

    [Fact]
    public async Task An_observer_that_throws_at_every_signal_doesnt_stop_the_device()
    {
        await using var loop = Loop.Start();
        var device = await loop.DeviceAsync(observer: new ThrowingObserver());
        var session = await loop.Server.RegistrationAsync();
        await device.RegisteredAsync(Token).WaitAsync(10 * Second, Token);
        await using var woken = await loop.WakeAsync(session.Cid, 5);
        loop.Server.Udp.SendWake(session.Cid, 6);
        await loop.Server.Udp.WakeAckAsync();
        device.Status.Condition.ShouldBe(DeviceCondition.Online);
    }

    [Fact]
    public async Task A_valid_reset_makes_the_device_register_anew_and_a_forged_one_does_not()
    {
        await using var loop = Loop.Start();
        var (_, session) = await loop.RegisteredDeviceAsync();

        loop.Server.Udp.SendReset(session.Cid, 0, token: new byte[16]);
        // What comes after the forged one is still answered in this session, so it changed nothing.
        loop.Server.Udp.SendWake(session.Cid, 1);
        await loop.Server.Udp.WakeAckAsync();
        loop.Signals.Count(Signal.Reset, sent: false).ShouldBe(0);
        loop.Server.Udp.SendReset(session.Cid, 0);

        (await loop.Server.RegistrationAsync()).Cid.ShouldNotBe(session.Cid);
    }

    [Fact]
    [Trait("Claim", "9")]
    [Trait("Claim", "24")]
    public async Task A_wake_that_comes_again_is_acknowledged_again_and_opens_no_second_connection()
    {
        await using var loop = Loop.Start();
        var (_, session) = await loop.RegisteredDeviceAsync();
        await loop.WakeAsync(session.Cid, 5);

        loop.Server.Udp.SendWake(session.Cid, 5);
        loop.Server.Udp.SendWake(session.Cid, 5);
        await loop.Server.Udp.WakeAckAsync();
        await loop.Server.Udp.WakeAckAsync();

        loop.Server.HasWoken.ShouldBeFalse();
        loop.Signals.All.Count(s => s.Signal == Signal.Hello && s.Role == ConnectionRole.Wake).ShouldBe(1);
    }

    [Fact]
    public async Task A_new_wake_while_a_connection_is_open_is_followed_when_that_one_is_over()
    {
        await using var loop = Loop.Start();
        var (_, session) = await loop.RegisteredDeviceAsync();
        var first = await loop.WakeAsync(session.Cid, 5);
        loop.Server.Udp.SendWake(session.Cid, 6);
        await loop.Server.Udp.WakeAckAsync();
        loop.Server.HasWoken.ShouldBeFalse();

        await first.DisposeAsync();

        (await loop.Server.WokenAsync()).WakeId.ShouldBe(6ul);
    }

    [Fact]
    public async Task A_wake_datagram_that_is_replayed_is_not_answered()
    {
        await using var loop = Loop.Start();
        var (_, session) = await loop.RegisteredDeviceAsync();
        byte[] wake = loop.Server.Udp.SealedWake(session.Cid, 5);
        loop.Server.Udp.SendRaw(session.Cid, wake);
        (await loop.Server.Udp.WakeAckAsync()).WakeIdHead.ShouldBe(0u);

        loop.Server.Udp.SendRaw(session.Cid, wake);
        loop.Server.Udp.SendWake(session.Cid, 0x0000_0009_0000_0000);

        (await loop.Server.Udp.WakeAckAsync()).WakeIdHead.ShouldBe(9u);
    }

    [Fact]
    public async Task A_pending_wake_in_an_ack_opens_a_connection_with_the_unknown_wake_id()
    {
        await using var loop = Loop.Start();
        loop.Server.Udp.WakePending = true;
        await loop.RegisteredDeviceAsync();

        (await loop.Server.Udp.WakeAckAsync()).WakeIdHead.ShouldBe(0u);
        (await loop.Server.WokenAsync()).WakeId.ShouldBe(0ul);
    }

    [Fact]
    public async Task A_challenge_is_echoed_at_once()
    {
        await using var loop = Loop.Start();
        loop.Server.Udp.Challenge = 0xCAFEBABE;
        await loop.RegisteredDeviceAsync();

        var echo = (await loop.Server.Udp.HeartbeatAsync()).Heartbeat;
        echo.Echo.ShouldBe(0xCAFEBABE);
        echo.Counter.ShouldBe(2ul);
    }

    [Fact]
    public async Task A_device_that_is_seen_elsewhere_asks_where_it_is()
    {
        await using var loop = Loop.Start();
        var (device, _) = await loop.RegisteredDeviceAsync();
        loop.Server.Udp.PretendSource = FastRelay.Protocol.TransportAddress.From(System.Net.IPEndPoint.Parse("192.0.2.9:1234"));

        device.OnNetworkChanged();
        (await loop.Server.Udp.HeartbeatAsync()).Heartbeat.IsLong.ShouldBeFalse();
        (await loop.Server.Udp.HeartbeatAsync()).Heartbeat.IsLong.ShouldBeTrue();

        await Until(() => device.Status.Observed?.ToString() == "192.0.2.9:1234");
    }

    [Fact]
    public async Task After_a_change_of_network_a_heartbeat_goes_at_once_and_asks()
    {
        await using var loop = Loop.Start();
        var (device, _) = await loop.RegisteredDeviceAsync();

        device.OnNetworkChanged();

        (await loop.Server.Udp.HeartbeatAsync()).Heartbeat.AckWanted.ShouldBeTrue();
    }

    [Fact]
    public async Task After_sleep_a_heartbeat_goes_within_seconds_and_asks()
    {
        await using var loop = Loop.Start();
        loop.Server.Udp.AckEvery = 15;
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await loop.RegisteredDeviceAsync(time);

        // In sleep the monotonic clock stands still, and the wall clock is ahead when the machine wakes.
        time.JumpWallClock(TimeSpan.FromHours(1));
        time.Advance(5 * Second);

        (await loop.Server.Udp.HeartbeatAsync()).Heartbeat.AckWanted.ShouldBeTrue();
    }

    [Fact]
    public async Task A_session_is_renewed_before_its_lifetime_is_over_while_the_old_one_still_beats()
    {
        await using var loop = Loop.Start();
        loop.Server.LifetimeSeconds = 20;
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        var (_, first) = await loop.RegisteredDeviceAsync(time);

        await AdvanceUntil(time, loop.Server.RegistrationAsync(), due: 18 * Second);

        (await loop.Server.Udp.HeartbeatAsync()).Heartbeat.Cid.ShouldNotBe(first.Cid);
        time.GetTimestamp().ShouldBeInRange(17 * TimeSpan.TicksPerSecond, 20 * TimeSpan.TicksPerSecond);
        loop.Signals.Count(Signal.Reset, sent: false).ShouldBe(0);
    }

    [Fact]
    public async Task A_disposed_device_says_goodbye_and_leaves_no_socket()
    {
        await using var loop = Loop.Start();
        var (device, session) = await loop.RegisteredDeviceAsync();
        loop.Server.Udp.SendWake(session.Cid, 5);
        var woken = await loop.Server.WokenAsync();

        await device.DisposeAsync();

        var (goodbye, source) = await loop.Server.Udp.HeartbeatAsync();
        goodbye.Goodbye.ShouldBeTrue();
        goodbye.AckWanted.ShouldBeFalse();
        using var taken = new System.Net.Sockets.UdpClient(source); // binds only when the device's socket is gone
        (await woken.ReceiveAsync()).ShouldBeNull();
        device.Status.Condition.ShouldBe(DeviceCondition.Stopped);
        await Should.ThrowAsync<ObjectDisposedException>(device.RegisteredAsync(Token));
        device.OnNetworkChanged();
    }

    [Fact]
    public async Task Failed_registrations_back_off_by_doubling_waits()
    {
        await using var loop = Loop.Start();
        loop.Server.RegisterStatus = RegisterStatus.Full;
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        var device = await loop.DeviceAsync(time, entropy: new FixedEntropy(0xFF)); // the longest waits
        EquipmentException? last = null;
        for (int attempt = 0; attempt < 4; attempt++)
        {
            last = await FailedAgain(device, last, time);
            time.Advance((1 << attempt) * Second - TimeSpan.FromMilliseconds(10));
            loop.Server.Accepted.ShouldBe(attempt + 1);
            time.Advance(TimeSpan.FromMilliseconds(20));
            await Until(() => loop.Server.Accepted == attempt + 2);
        }
        device.Status.LastError!.Error.ShouldBe(EquipmentError.Limited);
    }

    [Fact]
    public async Task A_change_of_network_cuts_a_long_wait_short()
    {
        await using var loop = Loop.Start();
        loop.Server.RegisterStatus = RegisterStatus.Refused;
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        var device = await loop.DeviceAsync(time, entropy: new FixedEntropy(0xFF));
        EquipmentException? last = null;
        for (int attempt = 0; attempt < 6; attempt++)
        {
            last = await FailedAgain(device, last, time);
            if (attempt < 5) time.Advance((1 << attempt) * Second + Second);
        }
        loop.Server.RegisterStatus = RegisterStatus.Registered;

        device.OnNetworkChanged(); // 32 s would be left to wait

        await AdvanceUntil(time, loop.Server.RegistrationAsync(), due: Second);
        (time.GetTimestamp() / TimeSpan.TicksPerSecond).ShouldBeLessThan(36 + 5);
    }

    [Fact]
    public async Task An_alert_is_told_and_its_retry_after_is_waited_first()
    {
        await using var loop = Loop.Start();
        (loop.Server.Alert, loop.Server.RetryAfterSeconds) = (AlertReason.Overloaded, 40);
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        var device = await loop.DeviceAsync(time, entropy: new FixedEntropy(0xFF));
        await FailedAgain(device, null, time);

        device.Status.LastError!.Error.ShouldBe(EquipmentError.Limited);
        device.Status.LastError.RetryAfter.ShouldBe(40 * Second);
        loop.Server.Alert = null;
        time.Advance(40 * Second);
        loop.Server.Accepted.ShouldBe(1);
        time.Advance(2 * Second);
        await loop.Server.RegistrationAsync();
    }

    [Fact]
    [Trait("Claim", "11")]
    [Trait("Claim", "26")]
    public async Task A_server_that_is_not_trusted_gets_no_key_and_the_person_is_told_why()
    {
        await using var loop = Loop.Start();
        using var directory = new TemporaryDirectory();
        var signals = new RecordingObserver();
        await using var device = await Device.StartAsync(new DeviceOptions
        {
            Server = loop.Server.Address,
            Trust = ServerTrust.Fingerprint(new byte[32]),
            DataDirectory = directory.Path,
            Password = Loop.Password,
            PasswordIterations = 100_000,
            OnConnection = Loop.EchoAsync,
            Observer = signals,
        }, cancellationToken: Token);

        var error = await Should.ThrowAsync<EquipmentException>(device.RegisteredAsync(Token).WaitAsync(10 * Second));

        error.Error.ShouldBe(EquipmentError.TrustRefused);
        error.Message.ShouldContain("fingerprint");
        error.Message.ShouldNotContain("\n");
        signals.Count(Signal.Certificate, sent: false).ShouldBeGreaterThan(0);
        signals.Count(Signal.ClientKey, sent: true).ShouldBe(0);
    }

    [Fact]
    public async Task A_device_follows_a_server_whose_certificate_was_renewed()
    {
        await using var loop = Loop.Start();
        var (_, session) = await loop.RegisteredDeviceAsync();
        loop.Server.Renew(ScriptedCertificates.Issue());

        var woken = await loop.WakeAsync(session.Cid);

        // HELLO and CKEY came together for the old chain; that CKEY is discarded and a new one follows the new chain (SPEC 4.9).
        woken.HandshakeFrames.Count(type => type == 0x23).ShouldBe(2);
    }

    [Fact]
    public async Task A_device_without_a_password_does_not_start_and_says_so()
    {
        using var directory = new TemporaryDirectory();
        var options = new DeviceOptions
        {
            Server = new ServerAddress("127.0.0.1", 9),
            Trust = ServerTrust.SystemStore,
            DataDirectory = directory.Path,
            OnConnection = Loop.EchoAsync,
        };

        var error = await Should.ThrowAsync<EquipmentException>(Device.StartAsync(options, cancellationToken: Token));

        error.Error.ShouldBe(EquipmentError.Options);
        error.Message.ShouldContain("no password");
        await Should.ThrowAsync<EquipmentException>(Device.StartAsync(options, cancellationToken: Token)); // nothing is still held
    }

    private static async Task Advance(ManualTimeProvider time, int seconds)
    {
        for (int i = 0; i < seconds; i++)
        {
            time.Advance(Second);
            await Task.Yield();
        }
    }

    /// <summary>
    /// Moves the clock in steps until something happens that needs several timers in a row; bounded by a minute of that clock. From when it is
    /// due each step takes longer, so that a loaded machine doesn't look like a late device.
    /// </summary>
    private static async Task<T> AdvanceUntil<T>(ManualTimeProvider time, Task<T> happening, TimeSpan? due = null)
    {
        var step = TimeSpan.FromMilliseconds(100);
        for (int i = 0; i < 600 && !happening.IsCompleted; i++)
        {
            time.Advance(step);
            await Task.WhenAny(happening, Task.Delay((i + 1) * step >= due ? 500 : 5));
        }
        return await happening;
    }

    /// <summary>Waits until another attempt has failed and the device waits for the next: its back-off is then the only timer.</summary>
    private static async Task<EquipmentException?> FailedAgain(Device device, EquipmentException? before, ManualTimeProvider time)
    {
        await Until(() => !ReferenceEquals(device.Status.LastError, before) && time.ArmedTimers == 1);
        return device.Status.LastError;
    }

    private static async Task Until(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(10 * Second);
        while (!condition())
        {
            patience.IsCancellationRequested.ShouldBeFalse("the condition didn't come true in 10 s");
            await Task.Delay(1);
        }
    }
}
