using FastRelay.Equipment;
using FastRelay.Load.Processes;
using FastRelay.Load.Scenarios;
using FastRelay.Protocol;

namespace FastRelay.Load.Requests;

/// <summary>Real devices and a real issuer of the equipment library that ask a real server for connections at a fixed rate.</summary>
internal sealed class RequestScenarios : IScenarioSet
{
    /// <summary>The step from the request to the accepted stream.</summary>
    public const string Accepted = "request → accepted stream";

    private readonly DeviceFleet _fleet;
    private readonly Issuer _issuer;

    private RequestScenarios(ServerProcess server, DeviceFleet fleet, int rate, TimeSpan during)
    {
        Server = server;
        _fleet = fleet;
        _issuer = Issuer.Create(new IssuerOptions { Server = server.Address, Trust = server.Trust });
        var ids = fleet.Ids;
        Scenarios =
        [
            new Scenario
            {
                Name = "requests",
                LoadSimulations = [new LoadSimulation.Inject(rate, TimeSpan.FromSeconds(1), during)],
                Init = StretchAsync,
                Run = context => RequestAsync(context, _issuer, ids[(int)(context.Invocation % ids.Count)]),
            },
        ];
    }

    /// <summary>The server that is asked.</summary>
    public ServerProcess Server { get; }

    /// <inheritdoc/>
    public IReadOnlyList<Scenario> Scenarios { get; }

    /// <summary>Starts the server and the devices.</summary>
    /// <param name="devices">Devices that are asked for in turn.</param>
    /// <param name="rate">Requests a second.</param>
    /// <param name="during">How long.</param>
    /// <param name="registered">Is told the share of the devices that is registered.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <param name="others">Room in the server's list for so many devices more.</param>
    public static async Task<RequestScenarios> StartAsync(int devices, int rate, TimeSpan during, Action<double> registered, CancellationToken cancellation, int others = 0)
    {
        var server = await ServerProcess.StartAsync(new ServerSettings { Devices = devices + others }, cancellation);
        var fleet = new DeviceFleet();
        try
        {
            await fleet.StartAsync(server, devices, registered, cancellation);
            return new RequestScenarios(server, fleet, rate, during);
        }
        catch
        {
            await fleet.DisposeAsync();
            await server.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _issuer.DisposeAsync();
        await _fleet.DisposeAsync();
        await Server.DisposeAsync();
    }

    /// <summary>Stretching a password is meant to be slow and happens once a device: before the measurement.</summary>
    private async Task StretchAsync(CancellationToken cancellation)
    {
        foreach (var id in _fleet.Ids) await _issuer.PingAsync(id, DeviceFleet.Password, cancellation);
    }

    private static async ValueTask<StepResponse> RequestAsync(ScenarioContext context, Issuer issuer, DeviceId device)
    {
        RelayStream? stream = null;
        try
        {
            var response = await context.StepAsync(Accepted, async () =>
            {
                stream = await issuer.ConnectAsync(device, DeviceFleet.Password, context.Stopping);
                return StepResponse.Ok();
            });
            byte[] one = [0x5A];
            await stream!.WriteAsync(one, context.Stopping);
            byte[] back = new byte[1];
            int length = await stream.ReadAsync(back, context.Stopping);
            return length == 1 && back[0] == one[0] ? response with { SizeBytes = 2 } : StepResponse.Fail("the byte didn't come back");
        }
        catch (EquipmentException e)
        {
            return StepResponse.Fail(e.Error.ToString());
        }
        finally
        {
            if (stream is not null) await stream.DisposeAsync();
        }
    }
}
