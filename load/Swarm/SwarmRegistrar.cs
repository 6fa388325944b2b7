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
/// Registers a swarm's devices, each with an identity of its own and by the real handshake (SPEC 4, 6.2). That costs both sides about a
/// millisecond a device: thousands come in so, millions by RESUME.
/// </summary>
internal sealed class SwarmRegistrar(ServerProcess server) : IDisposable
{
    private const int AtOnce = 8;

    // A machine that is busy with other things makes a client miss the server's deadlines now and then.
    private const int Attempts = 5;

    private readonly ECDiffieHellman _agreement = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>Registers devices of a swarm, each from its own address.</summary>
    /// <param name="swarm">The swarm.</param>
    /// <param name="first">The first of them.</param>
    /// <param name="count">How many.</param>
    /// <param name="progress">Is told the share that is in.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task RegisterAsync(DeviceSwarm swarm, int first, int count, Action<double> progress, CancellationToken cancellation)
    {
        int done = 0;
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation };
        await Parallel.ForAsync(first, first + count, options, async (i, token) =>
        {
            await RegisterStubbornlyAsync(swarm, i, token);
            progress((double)Interlocked.Increment(ref done) / count);
        });
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

    private async Task RegisterStubbornlyAsync(DeviceSwarm swarm, int device, CancellationToken cancellation)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await RegisterAsync(swarm, device, cancellation);
                return;
            }
            catch (EquipmentException e) when (attempt < Attempts && e.Error is EquipmentError.Network)
            {
                // Once more.
            }
        }
    }

    private async Task RegisterAsync(DeviceSwarm swarm, int device, CancellationToken cancellation)
    {
        using var identity = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (content, id) = RegisterContent(identity);
        await using var link = await ServerLink.ConnectAsync(Settings(server), ConnectionRole.Register, identity, 0, From(swarm.Sockets.IPAddressOf(device)), cancellation);
        await link.SendAsync(InnerType.Register, content, Signal.Register, cancellation);
        if (await link.ReceiveAsync(cancellation) is not { } message) throw LinkFailure.Lost();
        if (message.Type != InnerType.Registered || Registered.TryParse(message.Content.Span, out var registered) != RejectReason.None)
            throw new LoadException("The server broke the protocol at a registration.");
        if (registered.Status != RegisterStatus.Registered) throw new LoadException($"The server didn't take a registration: {registered.Status}.");
        swarm.Devices[device].Begin(registered.Cid, SessionKey(link, registered.Cid, id));
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
