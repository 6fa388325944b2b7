using System.Net;
using FastRelay.Equipment;
using FastRelay.Protocol.Tracing;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Options;
using FastRelay.System.Tests.InProcess;

namespace FastRelay.System.Tests;

/// <summary>
/// The steps of the claims, seen on real sockets by the three parties, each in its own order (docs/claims.md). The parts that are about
/// keys and bytes are proved in the protocol's own tests.
/// </summary>
public sealed class ClaimTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    [Trait("Claim", "1")]
    [Trait("Claim", "8")]
    [Trait("Claim", "12")]
    [Trait("Claim", "16")]
    [Trait("Claim", "23")]
    [Trait("Claim", "27")]
    public async Task The_second_request_comes_to_the_device_of_that_ID_as_the_response_to_its_registration_signal()
    {
        await using var plant = await Plant.StartAsync(RoutePolicy.FastOnly);
        SignalLog asked = new(), other = new();
        await using var device = await plant.DeviceAsync(name: "asked", observer: asked);
        await using var bystander = await plant.DeviceAsync(name: "other", observer: other);

        await TalkAsync(plant.Issuer(), device);

        Steps(asked).ShouldContainInOrder(
            (Signal.Heartbeat, ConnectionRole.None, true),
            (Signal.SecondRequestFast, ConnectionRole.None, false),
            (Signal.PasswordChecked, ConnectionRole.None, false),
            (Signal.CommunicationRequest, ConnectionRole.None, true),
            (Signal.Accept, ConnectionRole.None, false));
        Steps(plant.ServerSignals).ShouldContainInOrder(
            (Signal.Hello, ConnectionRole.Issuer, false),
            (Signal.FirstRequest, ConnectionRole.Issuer, false),
            (Signal.SecondRequestFast, ConnectionRole.None, true));
        other.Count(Signal.SecondRequestFast).ShouldBe(0, "the other device on the list wasn't asked for");
        Only(asked, Signal.SecondRequestFast).Peer.ToIPEndPoint().ShouldBe(plant.Server.EndPoint, "it comes from where the registration signals go");
    }

    [Fact]
    [Trait("Claim", "2")]
    [Trait("Claim", "9")]
    [Trait("Claim", "13")]
    [Trait("Claim", "17")]
    [Trait("Claim", "24")]
    [Trait("Claim", "28")]
    public async Task The_third_request_makes_the_device_open_the_second_connection_on_which_the_second_request_comes()
    {
        await using var plant = await Plant.StartAsync(RoutePolicy.P4Only);
        await using var device = await plant.DeviceAsync();

        await TalkAsync(plant.Issuer(), device);

        Steps(plant.ServerSignals).ShouldContainInOrder(
            (Signal.FirstRequest, ConnectionRole.Issuer, false),
            (Signal.ThirdRequest, ConnectionRole.None, true),
            (Signal.Hello, ConnectionRole.Wake, false),
            (Signal.SecondRequest, ConnectionRole.Wake, true));
        Steps(plant.DeviceSignals).ShouldContainInOrder(
            (Signal.Heartbeat, ConnectionRole.None, true),
            (Signal.ThirdRequest, ConnectionRole.None, false),
            (Signal.Hello, ConnectionRole.Wake, true),
            (Signal.SecondRequest, ConnectionRole.Wake, false));
    }

    [Fact]
    [Trait("Claim", "4")]
    [Trait("Claim", "7")]
    [Trait("Claim", "11")]
    [Trait("Claim", "15")]
    [Trait("Claim", "19")]
    [Trait("Claim", "22")]
    [Trait("Claim", "26")]
    [Trait("Claim", "30")]
    public async Task On_both_connections_the_certificate_comes_first_then_the_key_informations_then_the_request()
    {
        await using var plant = await Plant.StartAsync(RoutePolicy.P4Only);
        await using var device = await plant.DeviceAsync(reuseServerChain: false);

        await TalkAsync(plant.Issuer(), device);

        Steps(plant.IssuerSignals).ShouldContainInOrder(
            (Signal.Hello, ConnectionRole.Issuer, true),
            (Signal.Certificate, ConnectionRole.Issuer, false),
            (Signal.ClientKey, ConnectionRole.Issuer, true),
            (Signal.ServerKey, ConnectionRole.Issuer, false),
            (Signal.ServerFinished, ConnectionRole.Issuer, false),
            (Signal.ClientFinished, ConnectionRole.Issuer, true),
            (Signal.FirstRequest, ConnectionRole.Issuer, true));
        Steps(plant.DeviceSignals).ShouldContainInOrder(
            (Signal.Hello, ConnectionRole.Wake, true),
            (Signal.Certificate, ConnectionRole.Wake, false),
            (Signal.ClientKey, ConnectionRole.Wake, true),
            (Signal.ServerKey, ConnectionRole.Wake, false),
            (Signal.ServerFinished, ConnectionRole.Wake, false),
            (Signal.ClientFinished, ConnectionRole.Wake, true),
            (Signal.SecondRequest, ConnectionRole.Wake, false));
        foreach (var role in new[] { ConnectionRole.Issuer, ConnectionRole.Wake })
            Steps(plant.ServerSignals).ShouldContainInOrder(
                (Signal.Hello, role, false),
                (Signal.Certificate, role, true),
                (Signal.ClientKey, role, false),
                (Signal.ServerKey, role, true),
                role == ConnectionRole.Issuer ? (Signal.FirstRequest, role, false) : (Signal.SecondRequest, role, true));
    }

    [Theory]
    [InlineData(RoutePolicy.P4Only)]
    [InlineData(RoutePolicy.FastOnly)]
    [Trait("Claim", "5")]
    [Trait("Claim", "8")]
    [Trait("Claim", "12")]
    [Trait("Claim", "20")]
    [Trait("Claim", "23")]
    [Trait("Claim", "27")]
    public async Task The_device_dials_the_address_of_the_first_request_and_talks_after_the_issuer_has_accepted(RoutePolicy route)
    {
        await using var plant = await Plant.StartAsync(route);
        await using var device = await plant.DeviceAsync();

        await TalkAsync(plant.Issuer(), device);

        Steps(plant.IssuerSignals).ShouldContainInOrder(
            (Signal.Hello, ConnectionRole.Issuer, true),
            (Signal.FirstRequest, ConnectionRole.Issuer, true),
            (Signal.CommunicationRequest, ConnectionRole.None, false),
            (Signal.Accept, ConnectionRole.None, true),
            (Signal.Data, ConnectionRole.None, true));
        Steps(plant.DeviceSignals).ShouldContainInOrder(
            (Signal.CommunicationRequest, ConnectionRole.None, true),
            (Signal.Accept, ConnectionRole.None, false),
            (Signal.Data, ConnectionRole.None, true));
        IPEndPoint dialled = Only(plant.DeviceSignals, Signal.CommunicationRequest).Peer.ToIPEndPoint();
        dialled.ShouldBe(Only(plant.ServerSignals, Signal.FirstRequest).Peer.ToIPEndPoint(), "the issuer listens where it dials from (SPEC 6.5)");
    }

    [Theory]
    [InlineData(RoutePolicy.P4Only)]
    [InlineData(RoutePolicy.FastOnly)]
    [Trait("Claim", "3")]
    [Trait("Claim", "6")]
    [Trait("Claim", "10")]
    [Trait("Claim", "14")]
    [Trait("Claim", "18")]
    [Trait("Claim", "21")]
    [Trait("Claim", "25")]
    [Trait("Claim", "29")]
    public async Task The_password_travels_in_both_requests_and_only_the_right_one_makes_the_device_dial(RoutePolicy route)
    {
        await using var plant = await Plant.StartAsync(route);
        await using var device = await plant.DeviceAsync();
        var issuer = plant.Issuer();

        (await Should.ThrowAsync<EquipmentException>(issuer.ConnectAsync(device.Id, "another password").WaitAsync(Patience)))
            .Error.ShouldBe(EquipmentError.PasswordRefused);
        plant.DeviceSignals.Count(Signal.PasswordChecked).ShouldBe(1);
        plant.DeviceSignals.Count(Signal.CommunicationRequest).ShouldBe(0);

        await TalkAsync(issuer, device);
        plant.DeviceSignals.Count(Signal.PasswordChecked).ShouldBe(2);
        plant.DeviceSignals.Count(Signal.CommunicationRequest).ShouldBe(1);
    }

    /// <summary>Connects and hears an echo: by then each party has seen all of its signals.</summary>
    private static async Task TalkAsync(Issuer issuer, Device device)
    {
        await using var stream = await issuer.ConnectAsync(device.Id, Plant.Password).WaitAsync(Patience);
        await stream.WriteAsync("hello"u8.ToArray());
        (await stream.ReadAsync(new byte[5]).AsTask().WaitAsync(Patience)).ShouldBeGreaterThan(0);
    }

    private static IReadOnlyList<(Signal Signal, ConnectionRole Role, bool Sent)> Steps(SignalLog log) =>
        [.. log.All.Select(signal => (signal.Signal, signal.Role, signal.Sent))];

    private static SignalEvent Only(SignalLog log, Signal signal) => log.All.Where(seen => seen.Signal == signal).ShouldHaveSingleItem();
}
