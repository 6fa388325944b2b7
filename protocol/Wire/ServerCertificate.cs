using FastRelay.Protocol.Handshake;

namespace FastRelay.Protocol.Wire;

/// <summary>
/// CERT (SPEC 4.4), server → client: the server certificate information, and what the server chose of the client's offer.
/// A view over its bytes.
/// <code>
///  0  u8   version        the version chosen
///  1  u8   version_max    the server's highest
///  2  u8   flags          bit 0 CACHED; the rest reserved
///  3  u8   reserved
///  4  u16  suite          the number of the suite chosen
///  6  u16  suites         the server's bitmap
///  8  32   server_random
/// 40  u16  n              0 exactly when CACHED
/// 42  n    chain          (see <see cref="CertificateChain"/>)
/// </code>
/// </summary>
public readonly ref struct ServerCertificate
{
    /// <summary>Bytes before the chain.</summary>
    public const int HeaderSize = 42;

    /// <summary>Bytes of server_random.</summary>
    public const int RandomSize = 32;

    private const byte CachedFlag = 0x01;

    /// <summary>The version chosen.</summary>
    public byte Version { get; init; }

    /// <summary>The server's highest version; not below <see cref="Version"/>.</summary>
    public byte VersionMax { get; init; }

    /// <summary>The number of the suite chosen.</summary>
    public ushort Suite { get; init; }

    /// <summary>The server's bitmap of suites.</summary>
    public ushort Suites { get; init; }

    /// <summary>32 fresh random bytes.</summary>
    public ReadOnlySpan<byte> ServerRandom { get; init; }

    /// <summary>The chain; empty when the server took the one that the client's HELLO named (CACHED).</summary>
    public ReadOnlySpan<byte> Chain { get; init; }

    /// <summary>Whether the chain is the one that the client's HELLO named.</summary>
    public bool IsCached => Chain.IsEmpty;

    /// <summary>Bytes of the payload.</summary>
    public int Size => HeaderSize + Chain.Length;

    /// <summary>Reads the payload of a CERT. The certificates themselves aren't looked at.</summary>
    public static RejectReason TryParse(ReadOnlySpan<byte> payload, out ServerCertificate message)
    {
        var reader = new SpanReader(payload);
        byte version = reader.U8();
        byte versionMax = reader.U8();
        byte flags = reader.U8();
        reader.Skip(1);
        message = new ServerCertificate
        {
            Version = version,
            VersionMax = versionMax,
            Suite = reader.U16(),
            Suites = reader.U16(),
            ServerRandom = reader.Bytes(RandomSize),
            Chain = reader.Bytes16(0, CertificateChain.MaxSize),
        };
        var reason = reader.Finish();
        if (reason != RejectReason.None) return reason;
        if (versionMax < version) return RejectReason.BadVersion;
        bool cached = (flags & CachedFlag) != 0;
        if (cached != message.IsCached) return RejectReason.BadLength;
        return cached ? RejectReason.None : CertificateChain.TrySplit(message.Chain, stackalloc Range[CertificateChain.MaxCertificates], out _);
    }

    /// <summary>Writes <see cref="Size"/> bytes and returns their number.</summary>
    public int Write(Span<byte> destination)
    {
        var writer = new SpanWriter(destination);
        writer.U8(Version);
        writer.U8(VersionMax);
        writer.U8(IsCached ? CachedFlag : (byte)0);
        writer.Zero(1);
        writer.U16(Suite);
        writer.U16(Suites);
        writer.Bytes(ServerRandom);
        writer.Bytes16(Chain);
        return writer.Written;
    }
}
