namespace FastRelay.Protocol.Wire;

/// <summary>
/// HELLO (SPEC 4.3), the client's first message: the first TCP connection start signal (role 1) or the second (role 3).
/// A view over its bytes.
/// <code>
///  0  "FRL1"
///  4  u8   role
///  5  u8   flags          reserved
///  6  u8   version_min
///  7  u8   version_max
///  8  u16  suites
/// 10  32   client_random
/// 42  32   cached_cert_hash
/// 74  bytes8   server_name
///     bytes8   context
///     bytes16  ticket     roles 2 and 3: empty, or the device's (7.9)
///     [32  binder]        only with a ticket (4.12)
///     bytes16  cookie
///     zero bytes until the payload is at least 252 bytes
/// </code>
/// </summary>
public readonly ref struct Hello
{
    /// <summary>Shortest payload: with its frame header 256 bytes, so that no answer but CERT is longer.</summary>
    public const int MinSize = 252;

    /// <summary>Longest payload that this implementation writes: everything at its longest.</summary>
    public const int MaxSize = HashAt + HashSize + 1 + 255 + 1 + WakeIdSize + 2 + Resume.MaxTicket + BinderSize + 2 + Retry.MaxCookie;

    /// <summary>Bytes of client_random.</summary>
    public const int RandomSize = 32;

    /// <summary>Bytes of cached_cert_hash.</summary>
    public const int HashSize = 32;

    /// <summary>Bytes of the binder.</summary>
    public const int BinderSize = 32;

    private const int HashAt = 42;
    private const int WakeIdSize = 8;

    private static ReadOnlySpan<byte> Magic => "FRL1"u8;

    /// <summary>What the client came for.</summary>
    public ConnectionRole Role { get; init; }

    /// <summary>Lowest version the client has.</summary>
    public byte VersionMin { get; init; }

    /// <summary>Highest version the client has; not below <see cref="VersionMin"/>.</summary>
    public byte VersionMax { get; init; }

    /// <summary>Bitmap of the client's suites (SPEC 1.3).</summary>
    public ushort Suites { get; init; }

    /// <summary>32 fresh random bytes.</summary>
    public ReadOnlySpan<byte> ClientRandom { get; init; }

    /// <summary>The hash of a chain that the client holds, 32 bytes; empty when it holds none. With it a CKEY follows in the same flight.</summary>
    public ReadOnlySpan<byte> CachedCertificateHash { get; init; }

    /// <summary>ASCII; empty when the client dialled an IP address.</summary>
    public ReadOnlySpan<byte> ServerName { get; init; }

    /// <summary>The wake that the client answers; only with <see cref="ConnectionRole.Wake"/>.</summary>
    public ulong WakeId { get; init; }

    /// <summary>
    /// The ticket that a device shows (SPEC 7.9), at most <see cref="Resume.MaxTicket"/> bytes; empty when it shows none. Roles 2 and 3 only.
    /// </summary>
    public ReadOnlySpan<byte> Ticket { get; init; }

    /// <summary>The proof that the client holds the ticket's keys (SPEC 4.12), 32 bytes; empty without a ticket.</summary>
    public ReadOnlySpan<byte> Binder { get; init; }

    /// <summary>Everything before the binder, which the binder is made of; empty without a ticket. Set by parsing.</summary>
    public ReadOnlySpan<byte> BeforeBinder { get; private init; }

    /// <summary>The cookie of a RETRY, at most 64 bytes, or empty.</summary>
    public ReadOnlySpan<byte> Cookie { get; init; }

    /// <summary>Everything before the cookie field, which a RETRY's cookie is bound to (SPEC 4.10). Set by parsing.</summary>
    public ReadOnlySpan<byte> BeforeCookie { get; private init; }

    /// <summary>Where the binder stands in what <see cref="Write"/> writes, if there is a ticket: it is made of the bytes before it.</summary>
    public int BinderAt => HashAt + HashSize + 1 + ServerName.Length + 1 + (Role == ConnectionRole.Wake ? WakeIdSize : 0) + sizeof(ushort) + Ticket.Length;

    /// <summary>Reads the payload of a HELLO.</summary>
    public static RejectReason TryParse(ReadOnlySpan<byte> payload, out Hello message)
    {
        message = default;
        if (payload.Length < MinSize) return RejectReason.TooShort;
        var reader = new SpanReader(payload);
        if (!reader.Bytes(Magic.Length).SequenceEqual(Magic)) return RejectReason.BadMagic;
        var role = (ConnectionRole)reader.U8();
        if (role is < ConnectionRole.Issuer or > ConnectionRole.Wake) return RejectReason.BadRole;
        reader.Skip(1);
        byte versionMin = reader.U8();
        byte versionMax = reader.U8();
        if (versionMax < versionMin) return RejectReason.BadVersion;
        ushort suites = reader.U16();
        var random = reader.Bytes(RandomSize);
        var hash = reader.Bytes(HashSize);
        var name = reader.Bytes8(0, 255);
        if (name.ContainsAnyExceptInRange((byte)0x21, (byte)0x7E)) reader.Reject(RejectReason.BadValue);
        int contextSize = role == ConnectionRole.Wake ? WakeIdSize : 0;
        var context = new SpanReader(reader.Bytes8(contextSize, contextSize));
        var ticket = reader.Bytes16(0, role == ConnectionRole.Issuer ? 0 : Resume.MaxTicket);
        int beforeBinder = ticket.IsEmpty ? 0 : payload.Length - reader.Remaining;
        var binder = ticket.IsEmpty ? [] : reader.Bytes(BinderSize);
        int beforeCookie = payload.Length - reader.Remaining;
        var cookie = reader.Bytes16(0, Retry.MaxCookie);
        if (reader.Rest().ContainsAnyExcept((byte)0)) return RejectReason.TrailingBytes;
        message = new Hello
        {
            Role = role,
            VersionMin = versionMin,
            VersionMax = versionMax,
            Suites = suites,
            ClientRandom = random,
            CachedCertificateHash = hash.ContainsAnyExcept((byte)0) ? hash : [],
            ServerName = name,
            WakeId = role == ConnectionRole.Wake ? context.U64() : 0,
            Ticket = ticket,
            Binder = binder,
            BeforeBinder = payload[..beforeBinder],
            Cookie = cookie,
            BeforeCookie = payload[..beforeCookie],
        };
        return reader.Finish();
    }

    /// <summary>Writes at most <see cref="MaxSize"/> bytes and returns their number.</summary>
    public int Write(Span<byte> destination)
    {
        var writer = new SpanWriter(destination);
        writer.Bytes(Magic);
        writer.U8((byte)Role);
        writer.Zero(1);
        writer.U8(VersionMin);
        writer.U8(VersionMax);
        writer.U16(Suites);
        writer.Bytes(ClientRandom);
        if (CachedCertificateHash.IsEmpty) writer.Zero(HashSize);
        else writer.Bytes(CachedCertificateHash);
        writer.Bytes8(ServerName);
        if (Role == ConnectionRole.Wake)
        {
            writer.U8(WakeIdSize);
            writer.U64(WakeId);
        }
        else
        {
            writer.U8(0);
        }
        writer.Bytes16(Ticket);
        if (!Ticket.IsEmpty) writer.Bytes(Binder);
        writer.Bytes16(Cookie);
        writer.Zero(Math.Max(0, MinSize - writer.Written));
        return writer.Written;
    }
}
