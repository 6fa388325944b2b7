using System.Net;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Devices;
using FastRelay.Server.Tests.Support;
using FastRelay.Tests.Support;

namespace FastRelay.Server.Tests;

/// <summary>SPEC 7.9, the server's side.</summary>
public sealed class ResumeTests
{
    [Fact]
    public async Task A_device_comes_back_with_its_ticket_and_only_its_heartbeat_ends_the_earlier_session()
    {
        await using var server = await TestServer.StartAsync();
        await using var device = await TestDevice.OnlineAsync(server);
        var counters = server.Relay.Counters;

        byte[] resume = device.Resume();
        await device.SendAsync(resume);
        byte[] answer = await device.ReceiveAsync();
        answer.Length.ShouldBe(resume.Length, "no answer is longer than what it answers");
        var resumed = device.OpenResumeAck(answer);
        (resumed.Status, resumed.Observed).ShouldBe((ResumeStatus.Resumed, device.Address));
        resumed.Ticket.ShouldBeEmpty("it wasn't asked for");
        (counters.PendingSessions, counters.Devices).ShouldBe((1, 1));
        (await device.BeatAsync()).Challenge.ShouldBeNull("the earlier session lives on");

        byte[] late = device.Heartbeat(ackWanted: true);
        device.Adopt(resumed);
        (await device.BeatAsync()).Challenge.ShouldBeNull("the binding and its validation have gone over");
        (counters.PendingSessions, counters.Devices, counters.Online).ShouldBe((0, 1, 1));
        await device.SendAsync(late);
        (await device.ReceiveAsync())[0].ShouldBe((byte)DatagramType.Reset, "the earlier session has ended");
        (await server.Relay.Devices.DescriptorAsync(device.Id)).ShouldBe(device.Descriptor.Bytes.ToArray());
    }

    [Fact]
    public async Task After_a_restart_a_device_is_back_by_one_RESUME_with_its_descriptor_and_can_be_woken()
    {
        var first = await TestServer.StartAsync(data: Path.Combine(Path.GetTempPath(), $"fastrelay-resume-{Guid.NewGuid():N}"));
        await using var device = await TestDevice.OnlineAsync(first);
        await first.DisposeAsync();
        await using var server = await TestServer.StartAsync(data: first.Data);
        device.TurnTo(server);

        var resumed = await device.ResumeAsync();
        (await server.Relay.Devices.FindAsync(device.Id)).Presence.ShouldBe(DevicePresence.Away, "nothing has confirmed it");
        device.Adopt(resumed);
        (await device.BeatAsync()).Challenge.ShouldBeNull("who got the RESUME_ACK at the registered address has proven its path");
        (await server.Relay.Devices.FindAsync(device.Id)).ShouldBe(new DeviceStanding(DevicePresence.Validated, device.Address));
        (await server.Relay.Devices.DescriptorAsync(device.Id)).ShouldBe(device.Descriptor.Bytes.ToArray());
        (await server.Relay.Devices.WakeAsync(device.Id, 77, TimeSpan.FromSeconds(5))).ShouldBe(WakeStart.Started);
        device.OpenWake(await device.ReceiveAsync()).WakeId.ShouldBe(77ul);
        await server.DisposeAsync();
        Directory.Delete(first.Data, recursive: true);
    }

    [Fact]
    public async Task A_RESUME_is_answered_for_the_same_session_again_and_another_takes_its_place()
    {
        await using var server = await TestServer.StartAsync();
        await using var device = await TestDevice.OnlineAsync(server);
        byte[] resume = device.Resume();
        await device.SendAsync(resume);
        var once = device.OpenResumeAck(await device.ReceiveAsync());
        await device.SendAsync(resume);
        var twice = device.OpenResumeAck(await device.ReceiveAsync());
        (twice.Cid, twice.ServerNonce).ShouldBe((once.Cid, once.ServerNonce));
        server.Relay.Counters.Resumes(ResumeOutcome.Repeated).ShouldBe(1);

        var other = await device.ResumeAsync();
        (other.Cid == once.Cid, other.ServerNonce == once.ServerNonce).ShouldBe((false, false));
        server.Relay.Counters.PendingSessions.ShouldBe(1);
    }

    [Fact]
    public async Task A_replayed_RESUME_moves_nothing()
    {
        await using var server = await TestServer.StartAsync();
        await using var device = await TestDevice.OnlineAsync(server);
        byte[] resume = device.Resume();
        await device.SendAsync(resume);
        device.Adopt(device.OpenResumeAck(await device.ReceiveAsync()));
        await device.BeatAsync();
        var standing = await server.Relay.Devices.FindAsync(device.Id);

        await using var attacker = TestDevice.Create(server, IPAddress.Parse("127.0.0.66"));
        for (int i = 0; i < 3; i++)
        {
            await attacker.SendAsync(resume);
            (await attacker.ReceiveAsync()).Length.ShouldBe(resume.Length);
        }
        (await server.Relay.Devices.FindAsync(device.Id)).ShouldBe(standing);
        (await device.BeatAsync()).Challenge.ShouldBeNull("the session lives on where it was");
        server.Relay.Counters.PendingSessions.ShouldBe(1);
    }

    [Fact]
    public async Task Copies_raced_from_two_sources_prove_no_path()
    {
        var first = await TestServer.StartAsync(data: Path.Combine(Path.GetTempPath(), $"fastrelay-resume-{Guid.NewGuid():N}"));
        await using var device = await TestDevice.OnlineAsync(first);
        await first.DisposeAsync();
        await using (var server = await TestServer.StartAsync(data: first.Data))
        {
            device.TurnTo(server);
            byte[] resume = device.Resume();
            await using var attacker = TestDevice.Create(server);
            await attacker.SendAsync(resume);
            await attacker.ReceiveAsync();
            await device.SendAsync(resume);
            device.Adopt(device.OpenResumeAck(await device.ReceiveAsync()));
            (await device.BeatAsync()).Challenge.ShouldNotBeNull("bound, for its IP is the registered one, but not validated");
        }
        Directory.Delete(first.Data, recursive: true);
    }

    [Fact]
    public async Task A_device_that_comes_back_from_another_IP_is_a_candidate()
    {
        var first = await TestServer.StartAsync(data: Path.Combine(Path.GetTempPath(), $"fastrelay-resume-{Guid.NewGuid():N}"));
        await using var device = await TestDevice.OnlineAsync(first, IPAddress.Parse("127.0.0.5"));
        await first.DisposeAsync();
        await using (var server = await TestServer.StartAsync(data: first.Data))
        {
            device.TurnTo(server);
            device.Move(IPAddress.Parse("127.0.0.6"));
            device.Adopt(await device.ResumeAsync());
            (await device.BeatAsync()).Challenge.ShouldNotBeNull();
            (await server.Relay.Devices.FindAsync(device.Id)).Presence.ShouldBe(DevicePresence.Away, "nothing is bound yet");
        }
        Directory.Delete(first.Data, recursive: true);
    }

    [Fact]
    public async Task A_RESUME_with_any_bit_flipped_gets_silence_and_a_count()
    {
        await using var server = await TestServer.StartAsync();
        await using var device = await TestDevice.OnlineAsync(server);
        byte[] resume = device.Resume();
        for (int bit = 0; bit < resume.Length * 8; bit++)
        {
            byte[] flipped = [.. resume];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            await device.SendAsync(flipped);
            // So that no buffer overruns.
            if (bit % 256 == 255) await device.BeatAsync();
        }
        await device.SendAsync(resume);
        device.OpenResumeAck(await device.ReceiveAsync()).Status.ShouldBe(ResumeStatus.Resumed);
        device.Drain().ShouldBeEmpty("only the genuine one was answered");
        server.Relay.Counters.Resumes(ResumeOutcome.Pending).ShouldBe(1);
        Enum.GetValues<RejectReason>().Sum(server.Relay.Counters.ResumeRejects).ShouldBeGreaterThan(2_000);
        server.Relay.Counters.ResumeRejects(RejectReason.BadTag).ShouldBeGreaterThan(1_000);
    }

    [Fact]
    public async Task A_new_ticket_brings_the_device_back_and_its_keys_are_new()
    {
        await using var server = await TestServer.StartAsync();
        await using var device = await TestDevice.OnlineAsync(server);
        byte[] before = device.ResumeKeys!.Root.ToArray();
        var resumed = await device.ResumeAsync(newTicket: true);
        resumed.Ticket.Length.ShouldBe(Resume.MaxTicket);
        device.Adopt(resumed);
        await device.BeatAsync();
        device.ResumeKeys.Root.ToArray().ShouldNotBe(before);
        var again = await device.ResumeAsync();
        again.Status.ShouldBe(ResumeStatus.Resumed);
        device.Adopt(again);
        (await device.BeatAsync()).Challenge.ShouldBeNull();
    }

    [Fact]
    public async Task A_ticket_whose_lifetime_has_passed_or_of_another_epoch_is_refused_in_silence()
    {
        var first = await TestServer.StartAsync(data: Path.Combine(Path.GetTempPath(), $"fastrelay-resume-{Guid.NewGuid():N}"));
        await using var device = await TestDevice.OnlineAsync(first);
        await first.DisposeAsync();
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow.AddDays(8));
        await using (var late = await TestServer.StartAsync(data: first.Data, time: time))
        {
            device.TurnTo(late);
            await device.SendAsync(device.Resume());
            await Within.Until(() => late.Relay.Counters.ResumeRejects(RejectReason.Expired) + late.Relay.Counters.ResumeRejects(RejectReason.UnknownKey) == 1, "what is counted");
        }
        await using (var other = await TestServer.StartAsync(o => o.Heartbeat.TicketEpoch = 5, data: first.Data))
        {
            device.TurnTo(other);
            await device.SendAsync(device.Resume());
            await Within.Until(() => other.Relay.Counters.ResumeRejects(RejectReason.UnknownKey) == 1, "what is counted");
        }
        device.Drain().ShouldBeEmpty();
        Directory.Delete(first.Data, recursive: true);
    }

    [Fact]
    public async Task A_full_list_tells_the_device_and_those_who_are_in_stay_in()
    {
        var first = await TestServer.StartAsync(data: Path.Combine(Path.GetTempPath(), $"fastrelay-resume-{Guid.NewGuid():N}"));
        await using var device = await TestDevice.OnlineAsync(first);
        await first.DisposeAsync();
        await using (var server = await TestServer.StartAsync(o => o.Limits.Devices = 1, data: first.Data))
        {
            await using var other = await TestDevice.OnlineAsync(server);
            device.TurnTo(server);
            var refused = await device.ResumeAsync();
            (refused.Status, refused.Cid, refused.RetryAfterSeconds).ShouldBe((ResumeStatus.Full, default, (ushort)30));
            (await other.BeatAsync()).Challenge.ShouldBeNull();
            other.Adopt(await other.ResumeAsync());
            (await other.BeatAsync()).Challenge.ShouldBeNull("who is in comes back also to a full list");
            server.Relay.Counters.Devices.ShouldBe(1);
        }
        Directory.Delete(first.Data, recursive: true);
    }

    [Fact]
    public async Task A_pending_session_without_a_heartbeat_ends_after_30_s_and_the_present_one_goes_on()
    {
        var time = new ManualTimeProvider();
        await using var server = await TestServer.StartAsync(time: time);
        await using var device = await TestDevice.OnlineAsync(server);
        var resumed = await device.ResumeAsync();
        server.Relay.Counters.PendingSessions.ShouldBe(1);
        time.Advance(TimeSpan.FromSeconds(29));
        await device.BeatAsync();
        server.Relay.Counters.PendingSessions.ShouldBe(1);
        time.Advance(TimeSpan.FromSeconds(2));
        await Within.Until(() => server.Relay.Counters.PendingSessions == 0, "what is counted");
        (await device.BeatAsync()).Challenge.ShouldBeNull();
        device.Adopt(resumed);
        await device.SendAsync(device.Heartbeat(ackWanted: true));
        (await device.ReceiveAsync())[0].ShouldBe((byte)DatagramType.Reset);
    }

    [Fact]
    public async Task A_registration_ends_the_pending_session_too()
    {
        await using var server = await TestServer.StartAsync();
        await using var device = await TestDevice.OnlineAsync(server);
        var resumed = await device.ResumeAsync();
        (await device.RegisterAsync()).Status.ShouldBe(RegisterStatus.Registered);
        (server.Relay.Counters.PendingSessions, server.Relay.Counters.Devices).ShouldBe((0, 1));
        await device.ValidateAsync();
        device.Adopt(resumed);
        await device.SendAsync(device.Heartbeat(ackWanted: true));
        (await device.ReceiveAsync())[0].ShouldBe((byte)DatagramType.Reset);
        (await server.Relay.Devices.DescriptorAsync(device.Id)).ShouldBe(device.Descriptor.Bytes.ToArray());
    }
}
