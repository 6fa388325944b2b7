using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using FastRelay.Engine.Streams;
using FastRelay.Equipment;
using FastRelay.Equipment.Links;
using FastRelay.Load.Processes;
using FastRelay.Protocol;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Request;
using FastRelay.Protocol.Tracing;
using FastRelay.Protocol.Wire;

namespace FastRelay.Load.Swarm;

/// <summary>
/// Registers simulated devices, each with an identity of its own and by the real handshake (SPEC 4, 6.2). That costs both sides about a
/// millisecond a device, so swarms have thousands of devices here; millions have to come in by tickets, which this version has not.
/// </summary>
internal sealed class SwarmRegistrar(ServerProcess server) : IDisposable
{
    private const int AtOnce = 8;

    // A machine that is busy with other things makes a client miss the server's deadlines now and then.
    private const int Attempts = 5;

    private readonly ECDiffieHellman _agreement = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>Registers devices, spread evenly over the source addresses.</summary>
    /// <param name="count">How many.</param>
    /// <param name="sources">From which addresses: device i from the one of i modulo their number.</param>
    /// <param name="registered">Is told how many are in.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>For each source address its devices.</returns>
    public async Task<IReadOnlyList<SimulatedDevice>[]> RegisterAsync(
        int count, IReadOnlyList<IPAddress> sources, Action<int> registered, CancellationToken cancellation)
    {
        var devices = sources.Select(_ => new ConcurrentBag<SimulatedDevice>()).ToArray();
        int done = 0;
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation };
        await Parallel.ForAsync(0, count, options, async (i, token) =>
        {
            int source = i % sources.Count;
            devices[source].Add(await RegisterStubbornlyAsync(sources[source], token));
            registered(Interlocked.Increment(ref done));
        });
        return [.. devices.Select(d => (IReadOnlyList<SimulatedDevice>)[.. d])];
    }

    /// <summary>Settings for one connection to the server.</summary>
    public static LinkSettings Settings(ServerProcess server, ServerChain? chain = null) => new()
    {
        Server = server.Address,
        Trust = server.Trust,
        Timeout = TimeSpan.FromSeconds(30),
        Time = TimeProvider.System,
        Entropy = SystemEntropy.Instance,
        Chain = chain,
    };

    /// <summary>Dials from an address.</summary>
    public static Func<IPEndPoint, CancellationToken, ValueTask<ConnectOutcome>> From(IPAddress source)
    {
        var options = new StreamConnectOptions { LocalEndPoint = new IPEndPoint(source, 0) };
        return (remote, token) => StreamConnector.ConnectAsync(remote, options, token);
    }

    /// <inheritdoc/>
    public void Dispose() => _agreement.Dispose();

    private async Task<SimulatedDevice> RegisterStubbornlyAsync(IPAddress source, CancellationToken cancellation)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await RegisterAsync(source, cancellation);
            }
            catch (EquipmentException e) when (attempt < Attempts && e.Error is EquipmentError.Network)
            {
                // Once more.
            }
        }
    }

    private async Task<SimulatedDevice> RegisterAsync(IPAddress source, CancellationToken cancellation)
    {
        using var identity = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (content, id) = RegisterContent(identity);
        await using var link = await ServerLink.ConnectAsync(Settings(server), ConnectionRole.Register, identity, 0, From(source), cancellation);
        await link.SendAsync(InnerType.Register, content, Signal.Register, cancellation);
        if (await link.ReceiveAsync(cancellation) is not { } message) throw LinkFailure.Lost();
        if (message.Type != InnerType.Registered || Registered.TryParse(message.Content.Span, out var registered) != RejectReason.None)
            throw new LoadException("The server broke the protocol at a registration.");
        if (registered.Status != RegisterStatus.Registered) throw new LoadException($"The server didn't take a registration: {registered.Status}.");
        return new SimulatedDevice(registered.Cid, SessionKey(link, registered.Cid, id));
    }

    private (byte[] Content, DeviceId Id) RegisterContent(ECDsa identity)
    {
        // Nobody asks these devices for anything, so the password is one that nobody knows.
        var password = new DevicePassword(
            RandomNumberGenerator.GetBytes(DevicePassword.SaltSize), DevicePassword.MinIterations, RandomNumberGenerator.GetBytes(PasswordStretcher.KeySize));
        var descriptor = Descriptor.Create(identity, _agreement, password, DateTimeOffset.UtcNow.AddDays(1));
        var register = new Register { Descriptor = descriptor.Bytes };
        byte[] content = new byte[register.Size];
        register.Write(content);
        return (content, descriptor.DeviceId);
    }

    private static byte[] SessionKey(ServerLink link, Cid cid, DeviceId id)
    {
        Span<byte> context = stackalloc byte[Cid.Size + DeviceId.Size];
        cid.Write(context);
        id.Write(context[Cid.Size..]);
        byte[] key = new byte[PacketAeadExtensions.KeySize];
        link.Channel.Export("udp", context, key);
        return key;
    }
}
