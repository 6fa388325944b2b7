using System.Net;
using System.Security.Cryptography;
using FastRelay.Equipment.Links;
using FastRelay.Load.Processes;
using FastRelay.Load.Scenarios;
using FastRelay.Load.Swarm;
using FastRelay.Protocol.Wire;

namespace FastRelay.Load.Handshakes;

/// <summary>
/// Clients that connect to a real server, shake hands and close, again and again (SPEC 4): issuers that see the certificate for the first
/// time, issuers that know it (4.9), and devices, which sign (4.7).
/// </summary>
internal sealed class HandshakeScenarios : IScenarioSet
{
    public const string IssuerFull = "issuer_full";
    public const string IssuerCached = "issuer_cached";
    public const string DeviceFull = "device_full";

    private readonly ECDsa _device = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private HandshakeScenarios(ServerProcess server, TimeSpan during, int copies)
    {
        Server = server;
        // What it learns of the server in its one handshake, the scenario of those who know the certificate lives on.
        var known = SwarmRegistrar.Settings(server);
        Scenario Of(string name, ConnectionRole role, ECDsa? identity, Func<LinkSettings> settings) => new()
        {
            Name = name,
            LoadSimulations = [new LoadSimulation.KeepConstant(copies, during)],
            WarmUpRuns = 5_000,
            Run = context => ShakeHandsAsync(settings(), role, identity, Source(context.Copy), context.Stopping),
        };
        Scenarios =
        [
            Of(IssuerFull, ConnectionRole.Issuer, null, () => SwarmRegistrar.Settings(server)),
            Of(IssuerCached, ConnectionRole.Issuer, null, () => SwarmRegistrar.Settings(server, known.Chain))
                with { Init = async cancellation => await ShakeHandsAsync(known, ConnectionRole.Issuer, null, IPAddress.Loopback, cancellation) },
            Of(DeviceFull, ConnectionRole.Register, _device, () => SwarmRegistrar.Settings(server)),
        ];
    }

    /// <summary>The server that they connect to.</summary>
    public ServerProcess Server { get; }

    /// <inheritdoc/>
    public IReadOnlyList<Scenario> Scenarios { get; }

    /// <summary>Starts the server.</summary>
    /// <param name="during">How long each scenario takes.</param>
    /// <param name="copies">Clients at once, 1 to 250.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<HandshakeScenarios> StartAsync(TimeSpan during, int copies, CancellationToken cancellation) =>
        new(await ServerProcess.StartAsync(new ServerSettings { Devices = 1 }, cancellation), during, copies);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _device.Dispose();
    }

    private static async ValueTask<StepResponse> ShakeHandsAsync(
        LinkSettings settings, ConnectionRole role, ECDsa? identity, IPAddress source, CancellationToken cancellation)
    {
        await using var link = await ServerLink.ConnectAsync(settings, role, identity, 0, SwarmRegistrar.From(source), cancellation);
        return StepResponse.Ok();
    }

    /// <summary>An address for each copy, so that the ports of closed connections, which the kernel holds back for a minute, suffice.</summary>
    private static IPAddress Source(int copy) => new([127, 2, 0, (byte)((copy % 250) + 1)]);
}
