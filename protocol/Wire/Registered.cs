namespace FastRelay.Protocol.Wire;

/// <summary>
/// REGISTERED (SPEC 6.3), server → device; both sides then close TCP.
/// <code>
///  0  u8   status
///  1  u8   reserved
///  2  u16  retry_after   seconds, when status isn't 0
///  4  8    cid           u32 slot ‖ u32 random tag
/// 12  16   reset_token   (7.5)
/// 28  u16  interval      100 ms
/// 30  u8   ack_every     1 to 15
/// 31  u8   missed        intervals
/// 32  u16  udp_port      0: the number of the TCP port
/// 34  u32  node_id
/// 38  u32  lifetime      seconds
/// 42  u64  unix_ms       the server's clock
/// 50  bytes16  ticket    (7.9) at most 144 bytes
/// </code>
/// With a status other than 0 all bytes from 4 to 42 are zero and the ticket is empty.
/// </summary>
public readonly record struct Registered
{
    /// <summary>Bytes of the content without a ticket.</summary>
    public const int MinSize = 52;

    /// <summary>Bytes of the content with the longest ticket.</summary>
    public const int MaxSize = MinSize + Resume.MaxTicket;

    /// <summary>Longest interval: an ACK carries 12 bits of it.</summary>
    public const int MaxInterval = 4_095;

    /// <summary>What became of the registration.</summary>
    public RegisterStatus Status { get; init; }

    /// <summary>Seconds to wait before the next attempt; 0 when registered.</summary>
    public ushort RetryAfterSeconds { get; init; }

    /// <summary>The session's connection id.</summary>
    public Cid Cid { get; init; }

    /// <summary>The token that makes a RESET of this session believable (SPEC 7.5); its 16 bytes as a big-endian number.</summary>
    public UInt128 ResetToken { get; init; }

    /// <summary>The heartbeat interval in units of 100 ms.</summary>
    public ushort Interval { get; init; }

    /// <summary>Every how many heartbeats the device asks for an ack, 1 to 15 (SPEC 7.4).</summary>
    public byte AckEvery { get; init; }

    /// <summary>Intervals without a heartbeat after which the device counts as offline.</summary>
    public byte Missed { get; init; }

    /// <summary>The UDP port for heartbeats; 0: the number of the TCP port.</summary>
    public ushort UdpPort { get; init; }

    /// <summary>The node whose keys made the reset token.</summary>
    public uint NodeId { get; init; }

    /// <summary>Seconds this session may last.</summary>
    public uint LifetimeSeconds { get; init; }

    /// <summary>The server's clock, milliseconds since 1970.</summary>
    public ulong UnixMs { get; init; }

    /// <summary>
    /// What the device may come back with (SPEC 7.9), at most <see cref="Resume.MaxTicket"/> bytes; empty when the server gives none.
    /// Parsing copies it, since the device keeps it.
    /// </summary>
    public ReadOnlyMemory<byte> Ticket { get; init; }

    /// <summary>Bytes on the wire.</summary>
    public int Size => MinSize + (Status == RegisterStatus.Registered ? Ticket.Length : 0);

    /// <summary>Reads the content of a REGISTERED.</summary>
    public static RejectReason TryParse(ReadOnlySpan<byte> content, out Registered message)
    {
        var reader = new SpanReader(content);
        byte status = reader.U8();
        reader.Skip(1);
        message = new Registered
        {
            Status = (RegisterStatus)status,
            RetryAfterSeconds = reader.U16(),
            Cid = new Cid(reader.U32(), reader.U32()),
            ResetToken = reader.U128(),
            Interval = reader.U16(),
            AckEvery = reader.U8(),
            Missed = reader.U8(),
            UdpPort = reader.U16(),
            NodeId = reader.U32(),
            LifetimeSeconds = reader.U32(),
            UnixMs = reader.U64(),
            Ticket = reader.Bytes16(0, Resume.MaxTicket).ToArray(),
        };
        if (reader.Finish() is var reason and not RejectReason.None) return reason;
        return message.Status switch
        {
            RegisterStatus.Registered => message is { AckEvery: >= 1 and <= 15, Interval: >= 1 and <= MaxInterval, LifetimeSeconds: > 0 }
                ? RejectReason.None : RejectReason.BadValue,
            > RegisterStatus.BadDescriptor => RejectReason.BadValue,
            _ => content[4..42].ContainsAnyExcept((byte)0) || !message.Ticket.IsEmpty ? RejectReason.BadValue : RejectReason.None,
        };
    }

    /// <summary>Writes <see cref="Size"/> bytes and returns their number. A ticket that is too long is a bug of the caller and throws.</summary>
    public int Write(Span<byte> destination)
    {
        if (Ticket.Length > Resume.MaxTicket) throw new InvalidOperationException("A ticket has at most 144 bytes (SPEC 7.9).");
        var writer = new SpanWriter(destination);
        writer.U8((byte)Status);
        writer.Zero(1);
        writer.U16(RetryAfterSeconds);
        if (Status == RegisterStatus.Registered)
        {
            writer.U32(Cid.Slot);
            writer.U32(Cid.Tag);
            writer.U128(ResetToken);
            writer.U16(Interval);
            writer.U8(AckEvery);
            writer.U8(Missed);
            writer.U16(UdpPort);
            writer.U32(NodeId);
            writer.U32(LifetimeSeconds);
        }
        else
        {
            writer.Zero(38);
        }
        writer.U64(UnixMs);
        writer.Bytes16(Status == RegisterStatus.Registered ? Ticket.Span : []);
        return writer.Written;
    }
}
