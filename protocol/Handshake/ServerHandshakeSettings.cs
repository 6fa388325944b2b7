using FastRelay.Protocol.Records;

namespace FastRelay.Protocol.Handshake;

/// <summary>What every handshake of a server shares. Nothing here is owned by a handshake.</summary>
public sealed class ServerHandshakeSettings
{
    /// <summary>Where the certificate and its key come from.</summary>
    public required ServerCredentialStore Credentials { get; init; }

    /// <summary>The keys of this node, for RETRY's cookies (SPEC 4.10).</summary>
    public required NodeKeys NodeKeys { get; init; }

    /// <summary>Opens the tickets that devices show in HELLO (SPEC 4.12); null: they are not looked at.</summary>
    public ITicketJudge? Tickets { get; init; }

    /// <summary>Bitmap of the suites offered (SPEC 1.3). Default: all.</summary>
    public ushort Suites { get; init; } = CipherSuite.AllBits;

    /// <summary>Where randomness comes from.</summary>
    public IEntropy Entropy { get; init; } = SystemEntropy.Instance;

    /// <summary>What handshakes and their connections are computed with. Default: the platform's, with <see cref="Entropy"/>.</summary>
    public IConnectionCrypto Crypto { get => field ??= new PlatformConnectionCrypto(Entropy); init; }

    /// <summary>Most records under one secret; smaller only in tests, and alike on both sides (SPEC 5.3).</summary>
    public ulong MaxRecords { get; init; } = RecordProtection.MaxRecords;
}
