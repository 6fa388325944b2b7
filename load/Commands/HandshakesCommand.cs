using System.CommandLine;
using System.Net;
using System.Security.Cryptography;
using FastRelay.Equipment.Links;
using FastRelay.Load.Processes;
using FastRelay.Load.Reports;
using FastRelay.Load.Scenarios;
using FastRelay.Load.Swarm;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Wire;

namespace FastRelay.Load.Commands;

/// <summary>
/// <c>handshakes</c>: a real server on one core; on the others, clients that connect, shake hands and close, again and again. One third of the
/// time for each kind.
/// </summary>
internal static class HandshakesCommand
{
    private static readonly Option<int> Seconds = CommonOptions.Seconds();
    private static readonly Option<int> Copies = CommonOptions.Number("--copies", "Clients at once.", 16, 1, 64);

    public static Command Create() => MeasuringCommand.Create(
        "handshakes", "Handshakes per server CPU-second: full, with a cached certificate, with a device's signature.", [Seconds, Copies],
        async (parsed, display, cancellation) =>
        {
            var report = await MeasureAsync(TimeSpan.FromSeconds(parsed.GetValue(Seconds)) / 3, parsed.GetValue(Copies), display, cancellation);
            return report.ToReport();
        });

    private static async Task<HandshakeReport> MeasureAsync(TimeSpan during, int copies, ProgressDisplay display, CancellationToken cancellation)
    {
        if (ProcessorCores.CanPin) await ProcessorCores.LeaveMeasuredAsync(cancellation);
        await using var server = await ServerProcess.StartAsync(devices: 1, ackEvery: 1, cancellation);
        using var device = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var first = SwarmRegistrar.Settings(server);
        await ShakeHandsAsync(first, ConnectionRole.Issuer, null, IPAddress.Loopback, cancellation);

        Task<HandshakeFigures> Kind(string key, string name, ConnectionRole role, ECDsa? identity, ServerChain? chain) =>
            MeasureAsync(server, key, name, during, copies, display, context => ShakeHandsAsync(
                SwarmRegistrar.Settings(server, chain), role, identity, Source(context.Copy), context.Stopping), cancellation);

        return new HandshakeReport
        {
            Copies = copies,
            Pinned = ProcessorCores.CanPin,
            IssuerFull = await Kind("issuer_full", "issuer, full", ConnectionRole.Issuer, null, null),
            IssuerCached = await Kind("issuer_cached", "issuer, cached certificate", ConnectionRole.Issuer, null, first.Chain),
            DeviceFull = await Kind("device_full", "device, full", ConnectionRole.Register, device, null),
        };
    }

    private static async Task<HandshakeFigures> MeasureAsync(
        ServerProcess server, string key, string name, TimeSpan during, int copies, ProgressDisplay display, Func<ScenarioContext, ValueTask<StepResponse>> run,
        CancellationToken cancellation)
    {
        var progress = display.Phase(name);
        var scenario = new Scenario { Name = name, Run = run, Simulation = new LoadSimulation.KeepConstant(copies, during), WarmUpRuns = 500 };
        var runner = new ScenarioRunner((_, share) => progress(share));
        await ScenarioRunner.WarmUpAsync(scenario, cancellation);
        var before = await server.UsageAsync(cancellation);
        var result = await runner.RunAsync(scenario, cancellation);
        var after = await server.UsageAsync(cancellation);
        progress(1);

        long completed = after.Snapshot.Handshakes - before.Snapshot.Handshakes;
        var processorTime = after.ProcessorTime - before.ProcessorTime;
        return new HandshakeFigures
        {
            Completed = completed,
            Failed = result.Total.Failed,
            PerSecond = completed / result.Elapsed.TotalSeconds,
            ServerCpuSeconds = processorTime.TotalSeconds,
            PerCpuSecond = completed / processorTime.TotalSeconds,
            Times = result.Total.Times(),
            Rate = result.Rate(key, $"Handshakes: {name}", "per second"),
        };
    }

    private static async ValueTask<StepResponse> ShakeHandsAsync(
        LinkSettings settings, ConnectionRole role, ECDsa? identity, IPAddress source, CancellationToken cancellation)
    {
        await using var link = await ServerLink.ConnectAsync(settings, role, identity, 0, SwarmRegistrar.From(source), cancellation);
        return StepResponse.Ok();
    }

    /// <summary>An address for each copy, so that the ports of closed connections, which the kernel holds back for a minute, suffice.</summary>
    private static IPAddress Source(int copy) => new([127, 2, 0, (byte)(copy + 1)]);
}
