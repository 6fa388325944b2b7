using FastRelay.Interop.Tests.Support;
using FastRelay.Server.Options;

namespace FastRelay.Interop.Tests;

/// <summary>The peer's device and the peer's issuer at the server of this repository, also with a suite each.</summary>
public sealed class NodeToNodeTests
{
    [Theory]
    [InlineData(RoutePolicy.P4First, "1", "1,2")]
    [InlineData(RoutePolicy.FastFirst, "1,2", "1")]
    public async Task The_peer_talks_with_itself_through_our_server(RoutePolicy route, string ofDevice, string ofIssuer)
    {
        await using var service = TcpService.Echo();
        await using var plant = await InteropPlant.StartAsync(o => o.Route = route);
        var device = await plant.NodeDeviceAsync(service, ofDevice);

        var result = await plant.NodeIssuerAsync(device.Id, Talk.OfIssuer, ofIssuer);

        result.ExitCode.ShouldBe(0, result.Errors);
        Talk.ShouldBeTheSame(result.Output, Talk.OfIssuer);
        (await plant.NodeIssuerAsync(device.Id, more: ["--password-file", plant.WrongPasswordFile])).ExitCode.ShouldBe(5);
        service.Connections.ShouldBe(1);
    }
}
