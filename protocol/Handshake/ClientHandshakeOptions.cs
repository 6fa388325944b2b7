using System.Security.Cryptography;
using FastRelay.Protocol.Heartbeat;
using FastRelay.Protocol.Records;
using FastRelay.Protocol.Tracing;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Handshake;

/// <summary>What a client brings to a handshake. Nothing here is owned by it.</summary>
public sealed class ClientHandshakeOptions
{
    /// <summary>What the client comes for.</summary>
    public required ConnectionRole Role { get; init; }

    /// <summary>What it demands of the server's certificate; knows the name dialled.</summary>
    public required ICertificatePolicy Policy { get; init; }

    /// <summary>The device's identity key, P-256: with roles 2 and 3 and only with them.</summary>
    public ECDsa? Identity { get; init; }

    /// <summary>The wake that is answered: with role 3 only.</summary>
    public ulong WakeId { get; init; }

    /// <summary>The device's ticket (SPEC 7.9), shown so that a server under load lets it in before strangers (4.12); empty for none. Roles 2 and 3 only.</summary>
    public ReadOnlyMemory<byte> Ticket { get; init; }

    /// <summary>The keys that belong to <see cref="Ticket"/>, used until the handshake has ended: with a ticket and only with it.</summary>
    public ResumeKeys? TicketKeys { get; init; }

    /// <summary>A chain from an earlier connection to this server, for one round trip (SPEC 4.9); ignored when it isn't valid any more.</summary>
    public ServerChain? Cached { get; init; }

    /// <summary>Bitmap of the suites offered (SPEC 1.3). Default: all.</summary>
    public ushort Suites { get; init; } = CipherSuite.AllBits;

    /// <summary>Where randomness comes from.</summary>
    public IEntropy Entropy { get; init; } = SystemEntropy.Instance;

    /// <summary>What the handshake and its connection are computed with. Default: the platform's, with <see cref="Entropy"/>.</summary>
    public IClientCrypto Crypto { get => field ??= new PlatformConnectionCrypto(Entropy); init; }

    /// <summary>The server's address, for <see cref="Observer"/> only.</summary>
    public TransportAddress Server { get; init; }

    /// <summary>Is told of each message.</summary>
    public ISignalObserver? Observer { get; init; }

    /// <summary>Most records under one secret; smaller only in tests, and alike on both sides (SPEC 5.3).</summary>
    public ulong MaxRecords { get; init; } = RecordProtection.MaxRecords;
}
