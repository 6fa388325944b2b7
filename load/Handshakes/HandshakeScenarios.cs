using System.Net;
using System.Security.Cryptography;
using FastRelay.Load.Handshakes.Clients;
using FastRelay.Load.Processes;
using FastRelay.Load.Scenarios;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Wire;

namespace FastRelay.Load.Handshakes;

/// <summary>
/// Clients that connect to a real server, shake hands and close, again and again (SPEC 4): issuers that see the certificate for the first
/// time, issuers that know it (4.9), and devices, which sign (4.7). Every message is made and checked as equipment does, but for two things that
/// cost the client alone: <see cref="KeptKeys"/> and <see cref="KeptPolicy"/>.
/// </summary>
internal sealed class HandshakeScenarios : IScenarioSet
{
    public const string IssuerFull = "issuer_full";
    public const string IssuerCached = "issuer_cached";
    public const string DeviceFull = "device_full";

    private const int WarmUpRuns = 10_000;
    private const int MostLoops = 4;

    private readonly ECDsa _device = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly TrustAnchors _anchors;
    private readonly HandshakeLoop[] _loops;
    private readonly HandshakeClient[] _clients;

    private HandshakeScenarios(ServerProcess server, TimeSpan during, int copies)
    {
        Server = server;
        _anchors = server.Trust.LoadAnchors();
        var policy = new CertificatePolicy(_anchors, server.Address.CertificateName);
        // One core is the server's.
        _loops = [.. Enumerable.Range(0, Math.Clamp(Environment.ProcessorCount - 1, 1, MostLoops)).Select(_ => new HandshakeLoop(policy))];
        _clients = [.. Enumerable.Range(0, copies).Select(copy => _loops[copy % _loops.Length].CreateClient(server.EndPoint, Source(copy)))];
        var stranger = new HandshakeKind(ConnectionRole.Issuer, Identity: null);
        var known = stranger;
        Scenario Of(string name, Func<HandshakeKind> kind) => new()
        {
            Name = name,
            LoadSimulations = [new LoadSimulation.KeepConstant(copies, during)],
            WarmUpRuns = WarmUpRuns,
            Run = context => _clients[context.Copy].ShakeHandsAsync(kind(), context.Stopping),
        };
        Scenarios =
        [
            Of(IssuerFull, () => stranger),
            Of(IssuerCached, () => known) with
            {
                Init = async cancellation =>
                {
                    await _clients[0].ShakeHandsAsync(stranger, cancellation);
                    known = stranger with { Known = _clients[0].Chain };
                },
            },
            Of(DeviceFull, () => new HandshakeKind(ConnectionRole.Register, _device)),
        ];
    }

    /// <summary>The server that they connect to.</summary>
    public ServerProcess Server { get; }

    /// <inheritdoc/>
    public IReadOnlyList<Scenario> Scenarios { get; }

    /// <summary>Starts the server and the threads of the clients.</summary>
    /// <param name="during">How long each scenario takes.</param>
    /// <param name="copies">Clients at once.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<HandshakeScenarios> StartAsync(TimeSpan during, int copies, CancellationToken cancellation) =>
        new(await ServerProcess.StartAsync(new ServerSettings { Devices = 1 }, cancellation), during, copies);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var loop in _loops) await loop.DisposeAsync();
        await Server.DisposeAsync();
        _anchors.Dispose();
        _device.Dispose();
    }

    /// <summary>An address for each copy, so that the ports of closed connections, which the kernel holds back for a minute, suffice.</summary>
    private static IPAddress Source(int copy) => new([127, 2, 0, (byte)((copy % 250) + 1)]);
}
