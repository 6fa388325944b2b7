using System.Security.Cryptography;
using FastRelay.Equipment;
using FastRelay.Protocol.Tracing;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Options;
using FastRelay.System.Tests.InProcess;

namespace FastRelay.System.Tests;

/// <summary>Server, device and issuer, the real ones, on loopback sockets in one process.</summary>
public class EndToEndTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(RoutePolicy.P4First)]
    [InlineData(RoutePolicy.FastFirst)]
    [Trait("Claim", "12")]
    [Trait("Claim", "13")]
    [Trait("Claim", "27")]
    [Trait("Claim", "28")]
    public async Task An_issuer_reaches_a_device_and_both_talk_on_either_route(RoutePolicy route)
    {
        await using var plant = await Plant.StartAsync(route);
        var device = await plant.DeviceAsync();
        await using var stream = await plant.Issuer().ConnectAsync(device.Id, Plant.Password).WaitAsync(Patience);

        (await ExchangeAsync(stream, 1_000_000)).ShouldBeTrue();

        bool fast = route == RoutePolicy.FastFirst;
        plant.DeviceSignals.Count(Signal.SecondRequestFast).ShouldBe(fast ? 1 : 0);
        plant.DeviceSignals.Count(Signal.SecondRequest).ShouldBe(fast ? 0 : 1);
    }

    [Fact]
    [Trait("Claim", "12")]
    [Trait("Claim", "27")]
    public async Task Two_hundred_connections_at_once_from_one_issuer_all_work()
    {
        await using var plant = await Plant.StartAsync();
        var device = await plant.DeviceAsync();
        var issuer = plant.Issuer();

        var results = await Task.WhenAll(Enumerable.Range(0, 200).Select(async _ =>
        {
            await using var stream = await issuer.ConnectAsync(device.Id, Plant.Password);
            return await ExchangeAsync(stream, 20_000);
        })).WaitAsync(Patience);

        results.ShouldAllBe(r => r);
        // One first TCP connection carried them all.
        plant.IssuerSignals.Count(Signal.Hello).ShouldBe(1);
    }

    [Fact]
    [Trait("Claim", "7")]
    [Trait("Claim", "15")]
    [Trait("Claim", "22")]
    [Trait("Claim", "30")]
    public async Task The_issuer_takes_the_steps_in_the_order_of_the_claims()
    {
        await using var plant = await Plant.StartAsync();
        var device = await plant.DeviceAsync();
        await using (var stream = await plant.Issuer().ConnectAsync(device.Id, Plant.Password).WaitAsync(Patience))
            (await ExchangeAsync(stream, 1)).ShouldBeTrue();

        Signal[] expected =
        [
            Signal.Hello, Signal.Certificate, Signal.ClientKey, Signal.ServerKey, Signal.ServerFinished, Signal.ClientFinished, Signal.Observed,
            Signal.DescriptorGet, Signal.Descriptor, Signal.FirstRequest,
        ];
        plant.IssuerSignals.Of(ConnectionRole.Issuer).Take(expected.Length).ShouldBe(expected);
        var log = plant.IssuerSignals;
        int request = log.IndexOf(Signal.FirstRequest, ConnectionRole.Issuer, sent: true);
        int asked = log.IndexOf(Signal.CommunicationRequest, ConnectionRole.None, sent: false);
        int accepted = log.IndexOf(Signal.Accept, ConnectionRole.None, sent: true);
        request.ShouldBeLessThan(asked);
        asked.ShouldBeLessThan(accepted);
        accepted.ShouldBeLessThan(log.IndexOf(Signal.Data, ConnectionRole.None, sent: true));
    }

    [Fact]
    [Trait("Claim", "11")]
    [Trait("Claim", "15")]
    [Trait("Claim", "26")]
    [Trait("Claim", "30")]
    public async Task The_device_takes_the_steps_in_the_order_of_the_claims()
    {
        await using var plant = await Plant.StartAsync();
        var device = await plant.DeviceAsync();
        await using (var stream = await plant.Issuer().ConnectAsync(device.Id, Plant.Password).WaitAsync(Patience))
            (await ExchangeAsync(stream, 1)).ShouldBeTrue();

        var log = plant.DeviceSignals;
        // The device knows the server's certificate from its registration and validates it anew, so CKEY may follow HELLO at once (SPEC 4.9).
        log.Of(ConnectionRole.Register).ShouldBe(
        [
            Signal.Hello, Signal.Certificate, Signal.ClientKey, Signal.ServerKey, Signal.ServerFinished, Signal.ClientFinished, Signal.Observed,
            Signal.Register, Signal.Registered,
        ]);
        log.Of(ConnectionRole.Wake).ShouldBe(
        [
            Signal.Hello, Signal.ClientKey, Signal.Certificate, Signal.ServerKey, Signal.ServerFinished, Signal.ClientFinished, Signal.Observed,
            Signal.SecondRequest, Signal.Answer,
        ]);
        int[] order =
        [
            log.IndexOf(Signal.Heartbeat, ConnectionRole.None, sent: true),
            log.IndexOf(Signal.ThirdRequest, ConnectionRole.None, sent: false),
            log.IndexOf(Signal.Hello, ConnectionRole.Wake, sent: true),
            log.IndexOf(Signal.ServerKey, ConnectionRole.Wake, sent: false),
            log.IndexOf(Signal.SecondRequest, ConnectionRole.Wake, sent: false),
            log.IndexOf(Signal.PasswordChecked, ConnectionRole.None, sent: false),
            log.IndexOf(Signal.CommunicationRequest, ConnectionRole.None, sent: true),
            log.IndexOf(Signal.Accept, ConnectionRole.None, sent: false),
            log.IndexOf(Signal.Data, ConnectionRole.None, sent: true),
        ];
        order.ShouldBeInOrder(SortDirection.Ascending);
    }

    [Fact]
    [Trait("Claim", "4")]
    [Trait("Claim", "15")]
    [Trait("Claim", "19")]
    [Trait("Claim", "30")]
    public async Task The_server_takes_the_steps_in_the_order_of_the_claims()
    {
        await using var plant = await Plant.StartAsync();
        var device = await plant.DeviceAsync();
        await using (var stream = await plant.Issuer().ConnectAsync(device.Id, Plant.Password).WaitAsync(Patience))
            (await ExchangeAsync(stream, 1)).ShouldBeTrue();

        var log = plant.ServerSignals;
        int[] order =
        [
            log.IndexOf(Signal.Hello, ConnectionRole.Issuer, sent: false),
            log.IndexOf(Signal.Certificate, ConnectionRole.Issuer, sent: true),
            log.IndexOf(Signal.ClientKey, ConnectionRole.Issuer, sent: false),
            log.IndexOf(Signal.ServerKey, ConnectionRole.Issuer, sent: true),
            log.IndexOf(Signal.FirstRequest, ConnectionRole.Issuer, sent: false),
            log.IndexOf(Signal.ThirdRequest, ConnectionRole.None, sent: true),
            log.IndexOf(Signal.Hello, ConnectionRole.Wake, sent: false),
            log.IndexOf(Signal.Certificate, ConnectionRole.Wake, sent: true),
            log.IndexOf(Signal.ServerKey, ConnectionRole.Wake, sent: true),
            log.IndexOf(Signal.SecondRequest, ConnectionRole.Wake, sent: true),
            log.IndexOf(Signal.Answer, ConnectionRole.Wake, sent: false),
        ];
        order.ShouldBeInOrder(SortDirection.Ascending);
    }

    [Fact]
    [Trait("Claim", "10")]
    [Trait("Claim", "14")]
    [Trait("Claim", "25")]
    [Trait("Claim", "29")]
    public async Task A_wrong_password_is_told_and_nothing_is_dialled()
    {
        await using var plant = await Plant.StartAsync();
        var device = await plant.DeviceAsync();

        var error = await Should.ThrowAsync<EquipmentException>(plant.Issuer().ConnectAsync(device.Id, "wrong").WaitAsync(Patience));

        error.Error.ShouldBe(EquipmentError.PasswordRefused);
        plant.DeviceSignals.Count(Signal.PasswordChecked).ShouldBe(1);
        plant.DeviceSignals.Count(Signal.CommunicationRequest).ShouldBe(0);
    }

    [Fact]
    public async Task A_ping_is_answered_without_a_dial()
    {
        await using var plant = await Plant.StartAsync();
        var device = await plant.DeviceAsync();

        var result = await plant.Issuer().PingAsync(device.Id, Plant.Password).WaitAsync(Patience);

        result.RoundTrip.ShouldBeGreaterThan(TimeSpan.Zero);
        result.WaitedForDevice.ShouldBeLessThanOrEqualTo(result.RoundTrip);
        plant.DeviceSignals.Count(Signal.CommunicationRequest).ShouldBe(0);
    }

    [Fact]
    public async Task A_device_that_says_goodbye_is_unavailable_at_once_and_comes_back_under_its_id()
    {
        await using var plant = await Plant.StartAsync();
        var device = await plant.DeviceAsync();
        var id = device.Id;
        var issuer = plant.Issuer();
        await issuer.PingAsync(id, Plant.Password).WaitAsync(Patience);

        await device.DisposeAsync();
        var gone = await Should.ThrowAsync<EquipmentException>(issuer.PingAsync(id, Plant.Password).WaitAsync(Patience));
        (await plant.DeviceAsync()).Id.ShouldBe(id);

        gone.Error.ShouldBe(EquipmentError.Unavailable);
        await issuer.PingAsync(id, Plant.Password).WaitAsync(Patience);
    }

    [Fact]
    public async Task A_server_that_is_started_again_has_its_device_back_without_a_hand_on_it()
    {
        await using var plant = await Plant.StartAsync();
        var device = await plant.DeviceAsync();
        await plant.Server.DisposeAsync();
        await plant.StartServerAsync();

        // The device learns of it by its next heartbeat, which a change of network brings forward here.
        device.OnNetworkChanged();
        var issuer = plant.Issuer();
        await AgainAsync(() => issuer.PingAsync(device.Id, Plant.Password));
    }

    [Fact]
    [Trait("Claim", "11")]
    [Trait("Claim", "15")]
    [Trait("Claim", "26")]
    [Trait("Claim", "30")]
    public async Task The_same_device_is_reached_by_issuers_that_share_nothing()
    {
        await using var plant = await Plant.StartAsync();
        var device = await plant.DeviceAsync();

        for (int i = 0; i < 3; i++)
        {
            await using var stream = await plant.Issuer(new SignalLog()).ConnectAsync(device.Id, Plant.Password).WaitAsync(Patience);
            (await ExchangeAsync(stream, 1_000)).ShouldBeTrue();
        }
        // All came over one second TCP connection, whose keys were made before the second and third issuer existed: claim reading A1.
        plant.DeviceSignals.All.Count(s => s.Signal == Signal.Hello && s.Role == ConnectionRole.Wake).ShouldBe(1);
        plant.DeviceSignals.Count(Signal.SecondRequest).ShouldBe(3);
    }

    /// <summary>Sends random bytes, half-closes, and reads the echo to its end.</summary>
    private static async Task<bool> ExchangeAsync(RelayStream stream, int bytes)
    {
        byte[] sent = RandomNumberGenerator.GetBytes(bytes);
        var writing = Task.Run(async () =>
        {
            await stream.WriteAsync(sent);
            await stream.CompleteWritesAsync();
        });
        using var received = new MemoryStream();
        await stream.CopyToAsync(received).WaitAsync(Patience);
        await writing;
        return received.ToArray().AsSpan().SequenceEqual(sent);
    }

    /// <summary>Tries until it works, as a person would; bounded.</summary>
    private static async Task AgainAsync(Func<Task> act)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            try
            {
                await act();
                return;
            }
            catch (EquipmentException) when (!patience.IsCancellationRequested)
            {
                await Task.Yield();
            }
        }
    }
}
