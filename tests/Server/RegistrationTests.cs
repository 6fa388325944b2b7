using System.Security.Cryptography;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Tests.Support;

namespace FastRelay.Server.Tests;

public sealed class RegistrationTests
{
    [Fact]
    [Trait("Claim", "1")]
    [Trait("Claim", "12")]
    [Trait("Claim", "16")]
    [Trait("Claim", "27")]
    public async Task A_device_registers_and_its_heartbeat_is_acknowledged()
    {
        await using var server = await TestServer.StartAsync();
        await using var device = TestDevice.Create(server);

        var registered = await device.RegisterAsync();
        registered.Status.ShouldBe(RegisterStatus.Registered);
        registered.Interval.ShouldBe((ushort)250);
        registered.Missed.ShouldBe((byte)3);
        registered.AckEvery.ShouldBe((byte)1);
        registered.LifetimeSeconds.ShouldBe(7u * 86_400);
        server.Relay.Counters.Devices.ShouldBe(1);
        server.Relay.Counters.Online.ShouldBe(0);

        var ack = await device.BeatAsync();
        ack.IntervalTenths.ShouldBe(250);
        ack.AckEvery.ShouldBe(1);
        server.Relay.Counters.Online.ShouldBe(1);
    }

    [Fact]
    public async Task A_long_heartbeat_learns_the_address_from_which_it_came()
    {
        await using var server = await TestServer.StartAsync();
        await using var device = await TestDevice.OnlineAsync(server);

        var ack = await device.BeatAsync(isLong: true);
        ack.IsLong.ShouldBeTrue();
        ack.Observed.ShouldBe(device.Address);

        ack = await device.BeatAsync();
        ack.AddressTag.ShouldBe(AddressTag.Of(device.Address));
    }

    [Fact]
    public async Task A_heartbeat_that_doesnt_ask_isnt_answered()
    {
        await using var server = await TestServer.StartAsync();
        await using var device = await TestDevice.OnlineAsync(server);
        long before = server.Relay.Counters.Heartbeats;

        await device.SendAsync(device.Heartbeat());
        await Within.Until(() => server.Relay.Counters.Heartbeats == before + 1, "the heartbeat is taken");
        (await device.BeatAsync()).HeartbeatCounter.ShouldBe((ushort)4);
    }

    [Fact]
    public async Task A_descriptor_of_another_key_or_a_spoilt_one_is_refused_with_status_3()
    {
        await using var server = await TestServer.StartAsync();
        await using var device = TestDevice.Create(server);
        await using var other = TestDevice.Create(server);
        byte[] spoilt = device.Descriptor.Bytes.ToArray();
        spoilt[200] ^= 1;

        foreach (byte[] descriptor in new[] { other.Descriptor.Bytes.ToArray(), spoilt, spoilt[..^1], [] })
        {
            await using var connection = await TestConnection.OpenAsync(server, ConnectionRole.Register, device.Identity);
            await connection.SendAsync(InnerType.Register, TestDevice.RegisterContent(descriptor));
            Registered.TryParse(await connection.ReceiveAsync(InnerType.Registered), out var registered).ShouldBe(RejectReason.None);
            registered.Status.ShouldBe(RegisterStatus.BadDescriptor);
        }
        server.Relay.Counters.Devices.ShouldBe(0);
    }

    [Fact]
    public async Task A_new_registration_of_a_device_ends_its_earlier_session()
    {
        await using var server = await TestServer.StartAsync();
        await using var device = await TestDevice.OnlineAsync(server);
        byte[] old = device.Heartbeat(ackWanted: true);

        (await device.RegisterAsync()).Status.ShouldBe(RegisterStatus.Registered);
        server.Relay.Counters.Devices.ShouldBe(1);
        server.Relay.Counters.Online.ShouldBe(0);
        await device.SendAsync(old);
        (await device.ReceiveAsync())[0].ShouldBe((byte)DatagramType.Reset);
        await device.ValidateAsync();
        server.Relay.Counters.Online.ShouldBe(1);
    }

    [Fact]
    public async Task A_full_list_refuses_with_status_1_and_those_who_are_in_stay_in()
    {
        await using var server = await TestServer.StartAsync(o => o.Limits.Devices = 2);
        await using var first = await TestDevice.OnlineAsync(server);
        await using var second = await TestDevice.OnlineAsync(server);
        await using var third = TestDevice.Create(server);

        var refused = await third.RegisterAsync();
        refused.Status.ShouldBe(RegisterStatus.Full);
        refused.RetryAfterSeconds.ShouldBe((ushort)30);
        (await first.BeatAsync()).Challenge.ShouldBeNull();
        (await second.RegisterAsync()).Status.ShouldBe(RegisterStatus.Registered);
        server.Relay.Counters.Devices.ShouldBe(2);
        server.Relay.Counters.Registrations(RegisterStatus.Full).ShouldBe(1);
    }

    [Fact]
    public async Task Anything_but_a_registration_ends_a_registrations_connection_without_a_word()
    {
        await using var server = await TestServer.StartAsync();
        using var identity = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        foreach (byte type in new[] { InnerType.Connect1, InnerType.DescriptorGet, InnerType.Answer, InnerType.Registered })
        {
            await using var connection = await TestConnection.OpenAsync(server, ConnectionRole.Register, identity);
            await connection.SendAsync(type, [1, 2, 3]);
            (await connection.EndsWithoutAWordAsync()).ShouldBeTrue();
        }
    }
}
