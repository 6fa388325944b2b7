using FastRelay.Equipment;
using FastRelay.Load.Processes;
using FastRelay.Load.Reports;
using FastRelay.Load.Scenarios;
using FastRelay.Protocol;

namespace FastRelay.Load.Requests;

/// <summary>One run of <c>requests</c>.</summary>
/// <param name="devices">Devices that are asked for in turn.</param>
/// <param name="rate">Requests a second.</param>
/// <param name="during">How long to measure.</param>
internal sealed class RequestRun(int devices, int rate, TimeSpan during)
{
    private const string Accepted = "request → accepted stream";

    /// <summary>Runs it.</summary>
    public async Task<RequestReport> RunAsync(ProgressDisplay display, CancellationToken cancellation)
    {
        if (ProcessorCores.CanPin) await ProcessorCores.LeaveMeasuredAsync(cancellation);
        await using var server = await ServerProcess.StartAsync(devices, ackEvery: 1, cancellation);
        await using var fleet = new DeviceFleet();
        await fleet.StartAsync(server, devices, display.Phase($"register {devices} devices"), cancellation);
        await using var issuer = Issuer.Create(new IssuerOptions { Server = server.Address, Trust = server.Trust });
        var ids = fleet.Ids;
        await StretchAsync(issuer, ids, display.Phase("stretch passwords"), cancellation);

        var progress = display.Phase("requests");
        var scenario = new Scenario
        {
            Name = "requests",
            Simulation = new LoadSimulation.Inject(rate, TimeSpan.FromSeconds(1), during),
            Run = context => RequestAsync(context, issuer, ids[(int)(context.Invocation % ids.Count)]),
        };
        var runner = new ScenarioRunner((_, share) => progress(share));
        await ScenarioRunner.WarmUpAsync(scenario, cancellation);
        var before = await server.UsageAsync(cancellation);
        var result = await runner.RunAsync(scenario, cancellation);
        var after = await server.UsageAsync(cancellation);
        progress(1);
        return Report(result, after.ProcessorTime - before.ProcessorTime);
    }

    /// <summary>Stretching a password is meant to be slow and happens once a device: before the measurement.</summary>
    private static async Task StretchAsync(Issuer issuer, IReadOnlyList<DeviceId> ids, Action<double> progress, CancellationToken cancellation)
    {
        for (int i = 0; i < ids.Count; i++)
        {
            await issuer.PingAsync(ids[i], DeviceFleet.Password, cancellation);
            progress((i + 1.0) / ids.Count);
        }
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

    private RequestReport Report(ScenarioResult result, TimeSpan processorTime)
    {
        var accepted = result.Step(Accepted);
        return new RequestReport
        {
            Devices = devices,
            Pinned = ProcessorCores.CanPin,
            Rate = rate,
            Seconds = result.Elapsed.TotalSeconds,
            Ok = result.Total.Ok,
            Failed = result.Total.Failed,
            Failures = result.Total.StatusCodes.Where(status => status.Key != "ok").ToDictionary(StringComparer.Ordinal),
            ServerCpuSeconds = processorTime.TotalSeconds,
            RequestsPerCpuSecond = result.Total.Ok / processorTime.TotalSeconds,
            AcceptedTimes = accepted.Times(),
            WholeTimes = result.Total.Times(),
            Series = result.Rate("requests", "Requests", "per second"),
        };
    }
}
