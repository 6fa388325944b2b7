using FastRelay.Equipment.Tests.Scripted;
using FastRelay.Protocol.Tracing;
using FastRelay.Tests.Support;

namespace FastRelay.Equipment.Tests.Devices;

/// <summary>A device comes back with its ticket (SPEC 7.9), and by TCP only where that doesn't work.</summary>
public sealed class ReturnTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task After_a_reset_the_device_is_back_without_a_TCP_connection_and_beats_from_where_it_asked()
    {
        await using var loop = Start();
        var (device, first) = await loop.RegisteredDeviceAsync();
        loop.Server.Udp.SendReset(first.Cid, 0);

        var resume = await loop.Server.Returns.ResumeAsync();
        var (heartbeat, source) = await loop.Server.Udp.HeartbeatAsync();

        resume.Ticket.ShouldBe(first.Ticket.ToArray());
        (resume.NewTicket, resume.Steer).ShouldBe((false, (byte)first.Cid.Slot));
        heartbeat.Cid.ShouldNotBe(first.Cid);
        (heartbeat.Counter, heartbeat.AckWanted).ShouldBe((1ul, true));
        source.ShouldBe(resume.Source);
        await device.RegisteredAsync(Token).WaitAsync(10 * Second, Token);
        loop.Server.Accepted.ShouldBe(1);
        await using var woken = await loop.WakeAsync(heartbeat.Cid);
    }

    [Fact]
    public async Task RESUME_goes_at_0_1_and_3_seconds_with_the_very_same_bytes_and_4_seconds_later_the_device_registers()
    {
        await using var loop = Start();
        loop.Server.Returns.IsMuted = true;
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        var (_, first) = await loop.RegisteredDeviceAsync(time);
        loop.Server.Udp.SendReset(first.Cid, 0);

        var resume = await Next();
        foreach (int wait in new[] { 1, 2 })
        {
            time.Advance(wait * Second - TimeSpan.FromMilliseconds(10));
            loop.Server.Returns.Waiting.ShouldBe(0);
            time.Advance(TimeSpan.FromMilliseconds(10));
            var again = await Next();
            again.Bytes.ShouldBe(resume.Bytes);
            again.Source.ShouldBe(resume.Source);
        }
        loop.Server.Accepted.ShouldBe(1);
        time.Advance(4 * Second - TimeSpan.FromMilliseconds(10));
        loop.Server.Accepted.ShouldBe(1);
        await AdvanceUntil(time, loop.Server.RegistrationAsync());
        loop.Server.Returns.Waiting.ShouldBe(0);

        async Task<SeenResume> Next()
        {
            var seen = await loop.Server.Returns.ResumeAsync();
            foreach (int seconds in new[] { 1, 2, 4 })
            {
                if (time.IsArmedFor(seconds * Second)) return seen;
            }
            await Until(() => time.IsArmedFor(Second) || time.IsArmedFor(2 * Second) || time.IsArmedFor(4 * Second));
            return seen;
        }
    }

    [Fact]
    public async Task A_server_that_falls_silent_is_asked_with_the_ticket_from_another_socket()
    {
        await using var loop = Start();
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        var device = await loop.DeviceAsync(time);
        await loop.Server.RegistrationAsync();
        var (_, source) = await loop.Server.Udp.HeartbeatAsync();
        await device.RegisteredAsync(Token).WaitAsync(10 * Second, Token);
        loop.Server.Udp.IsMuted = true;

        var resume = await AdvanceUntil(time, loop.Server.Returns.ResumeAsync());

        resume.Source.Port.ShouldNotBe(source.Port);
        loop.Server.Accepted.ShouldBe(1);
    }

    [Fact]
    public async Task A_session_that_nobody_ever_answered_is_followed_by_a_registration_and_each_waits_longer()
    {
        await using var loop = Start();
        loop.Server.Udp.IsMuted = true; // UDP is blocked, TCP isn't
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await loop.DeviceAsync(time, entropy: new FixedEntropy(0xFF)); // the longest waits
        await loop.Server.RegistrationAsync();
        long last = time.GetTimestamp();
        for (int attempt = 0; attempt < 4; attempt++)
        {
            await AdvanceUntil(time, loop.Server.RegistrationAsync());
            var took = TimeSpan.FromTicks(time.GetTimestamp() - last);
            last = time.GetTimestamp();
            // Heartbeats for 11 s, then U[0, 2ⁿ] at its longest.
            took.ShouldBeGreaterThanOrEqualTo((11 + (1 << attempt)) * Second - TimeSpan.FromMilliseconds(500), $"attempt {attempt}");
        }
        loop.Server.Returns.Waiting.ShouldBe(0);
    }

    [Fact]
    public async Task A_device_that_starts_again_is_back_by_ticket_and_answers_to_the_descriptor_it_had()
    {
        await using var loop = Start();
        var (first, session) = await loop.RegisteredDeviceAsync();
        await TicketKept(loop);
        await first.DisposeAsync();
        (await loop.Server.Udp.HeartbeatAsync()).Heartbeat.Goodbye.ShouldBeTrue();

        var second = await loop.DeviceAsync();
        var resume = await loop.Server.Returns.ResumeAsync();
        var heartbeat = (await loop.Server.Udp.HeartbeatAsync()).Heartbeat;
        await second.RegisteredAsync(Token).WaitAsync(10 * Second, Token);

        resume.Ticket.ShouldBe(session.Ticket.ToArray());
        loop.Server.Accepted.ShouldBe(1);
        second.Id.ShouldBe(first.Id);
        var connecting = loop.Issuer().ConnectAsync(second.Id, Loop.Password, Token);
        var issuerSide = await loop.Server.IssuerAsync();
        await issuerSide.GiveDescriptorAsync(loop.Server.Descriptor);
        await using var deviceSide = await loop.WakeAsync(heartbeat.Cid);
        await Loop.CarryAsync(issuerSide, deviceSide, 1);
        await using var stream = await connecting.WaitAsync(10 * Second, Token);
    }

    [Fact]
    public async Task A_device_whose_password_was_changed_while_it_was_down_registers_anew()
    {
        await using var loop = Start();
        var (first, _) = await loop.RegisteredDeviceAsync();
        await TicketKept(loop);
        await first.DisposeAsync();
        await loop.DeviceAsync(password: "another password altogether");
        await loop.Server.RegistrationAsync();
        loop.Server.Returns.Waiting.ShouldBe(0);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{\"version\":1}")]
    [InlineData("{\"version\":2}")]
    public async Task A_damaged_ticket_file_costs_a_registration_and_nothing_else(string content)
    {
        await using var loop = Start();
        var (first, _) = await loop.RegisteredDeviceAsync();
        await TicketKept(loop);
        await first.DisposeAsync();
        await File.WriteAllTextAsync(TicketFile(loop), content, Token);
        var second = await loop.DeviceAsync();
        await loop.Server.RegistrationAsync();
        second.Id.ShouldBe(first.Id);
        loop.Server.Returns.Waiting.ShouldBe(0);
    }

    [Fact]
    public async Task The_ticket_file_is_its_owner_s_alone_and_one_that_isnt_is_not_used()
    {
        if (OperatingSystem.IsWindows()) return;
        await using var loop = Start();
        var (first, _) = await loop.RegisteredDeviceAsync();
        await TicketKept(loop);
        await first.DisposeAsync();
        File.GetUnixFileMode(TicketFile(loop)).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.SetUnixFileMode(TicketFile(loop), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        await loop.DeviceAsync();
        await loop.Server.RegistrationAsync();
    }

    [Fact]
    public async Task After_a_change_of_network_the_device_asks_for_another_ticket_and_shows_the_old_one_until_it_is_answered()
    {
        await using var loop = Start();
        var (device, session) = await loop.RegisteredDeviceAsync();
        device.OnNetworkChanged();
        await loop.Server.Udp.HeartbeatAsync();
        loop.Server.Udp.SendReset(session.Cid, 0);

        var first = await loop.Server.Returns.ResumeAsync();
        first.NewTicket.ShouldBeTrue();
        first.Ticket.ShouldBe(session.Ticket.ToArray());
        var cid = (await loop.Server.Udp.HeartbeatAsync()).Heartbeat.Cid;
        await Until(() => !File.ReadAllText(TicketFile(loop)).Contains(Convert.ToBase64String(session.Ticket.Span), StringComparison.Ordinal));
        loop.Server.Udp.SendReset(cid, 0);

        var second = await loop.Server.Returns.ResumeAsync();
        second.Ticket.ShouldNotBe(first.Ticket);
        second.NewTicket.ShouldBeFalse();
        second.ClientNonce.ShouldNotBe(first.ClientNonce);
        (await loop.Server.Udp.HeartbeatAsync()).Heartbeat.Cid.ShouldNotBe(cid);
        loop.Server.Accepted.ShouldBe(1);
    }

    [Fact]
    public async Task A_full_server_is_asked_again_with_the_ticket_after_the_wait_that_it_names()
    {
        await using var loop = Start();
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await loop.DeviceAsync(time, entropy: new FixedEntropy(0xFF)); // the longest waits
        var session = await loop.Server.RegistrationAsync();
        await loop.Server.Udp.HeartbeatAsync();
        await TicketKept(loop);
        loop.Server.Returns.FullRetryAfter = 20;
        loop.Server.Udp.SendReset(session.Cid, 0);
        await loop.Server.Returns.ResumeAsync();
        long asked = time.GetTimestamp();

        await AdvanceUntil(time, loop.Server.Returns.ResumeAsync());

        TimeSpan.FromTicks(time.GetTimestamp() - asked).ShouldBeGreaterThanOrEqualTo(20 * Second);
        loop.Server.Accepted.ShouldBe(1);
    }

    [Fact]
    public async Task An_answer_under_another_key_is_passed_over()
    {
        await using var loop = Start();
        loop.Server.Returns.Forges = true;
        var (device, session) = await loop.RegisteredDeviceAsync();
        loop.Server.Udp.SendReset(session.Cid, 0);
        (await loop.Server.Udp.HeartbeatAsync()).Heartbeat.Counter.ShouldBe(1ul);
        await device.RegisteredAsync(Token).WaitAsync(10 * Second, Token);
        loop.Signals.Count(Signal.ResumeAck, sent: false).ShouldBe(1);
    }

    [Fact]
    public async Task The_ticket_is_shown_when_the_device_follows_a_wake()
    {
        await using var loop = Start();
        var (_, session) = await loop.RegisteredDeviceAsync();
        await TicketKept(loop);
        loop.Server.Returns.Recognised.ShouldBe(0, "at the registration there was none");
        await using var woken = await loop.WakeAsync(session.Cid);
        loop.Server.Returns.Recognised.ShouldBe(1);
    }

    private static Loop Start()
    {
        var loop = Loop.Start();
        loop.Server.Returns.GivesTickets = true;
        return loop;
    }

    private static string TicketFile(Loop loop) => Path.Combine(loop.DataDirectory, "device.ticket");

    private static Task TicketKept(Loop loop) => Until(() => File.Exists(TicketFile(loop)));

    private static async Task<T> AdvanceUntil<T>(ManualTimeProvider time, Task<T> happening)
    {
        for (int i = 0; i < 1_000 && !happening.IsCompleted; i++)
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.WhenAny(happening, Task.Delay(5, Token));
        }
        return await happening;
    }

    private static async Task Until(Func<bool> condition)
    {
        for (int i = 0; i < 1_000 && !condition(); i++) await Task.Delay(10, Token);
        condition().ShouldBeTrue();
    }
}
