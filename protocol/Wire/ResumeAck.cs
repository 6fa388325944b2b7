using System.Buffers.Binary;

namespace FastRelay.Protocol.Wire;

/// <summary>
/// RESUME_ACK, server → device (SPEC 7.9), as long as the RESUME that it answers: 256 bytes.
/// <code>
///   0 0x16   1 flags   2 u16 0   4 cid   12 seal_nonce 8   20 server_nonce 16   36 encrypted body 204   240 tag
/// body: 0 status   1 missed   2 u16 interval   4 ack_every   5 0   6 u16 retry_after   8 observed ip16 ‖ u16 port
///  26 u16 n   28 u32 node_id   32 u32 lifetime   36 u64 unix_ms   44 reset_token 16   60 new ticket, zero bytes up to 204
/// </code>
/// A view over its bytes. The device reads the cheap part (<see cref="TryRead"/>), derives K_udp of the session that it names
/// (<see cref="Protocol.Heartbeat.ResumeKeys"/>), and only then knows whether it is genuine (<see cref="TryOpen"/>).
/// </summary>
public readonly ref struct ResumeAck
{
    /// <summary>Bytes on the wire.</summary>
    public const int Size = DatagramLimits.ResumeSize;

    /// <summary>Bytes of the encrypted body.</summary>
    public const int BodySize = Size - BodyAt - PacketAeadExtensions.TagSize;

    private const int SealNonceAt = 12;
    private const int ServerNonceAt = 20;
    private const int BodyAt = 36;
    private const int TicketAt = 60;

    /// <summary>The new session; zero when the server is full.</summary>
    public required Cid Cid { get; init; }

    /// <summary>Random, another one in every datagram; its 8 bytes as a big-endian number.</summary>
    public required ulong SealNonce { get; init; }

    /// <summary>The server's part of the session's key; its 16 bytes as a big-endian number.</summary>
    public required UInt128 ServerNonce { get; init; }

    /// <summary>What became of the RESUME.</summary>
    public ResumeStatus Status { get; init; }

    /// <summary>Intervals without a heartbeat after which the device counts as offline.</summary>
    public byte Missed { get; init; }

    /// <summary>The heartbeat interval in units of 100 ms, 1 to <see cref="Registered.MaxInterval"/>.</summary>
    public ushort Interval { get; init; }

    /// <summary>Every how many heartbeats the device asks for an ACK, 1 to 15.</summary>
    public byte AckEvery { get; init; }

    /// <summary>Seconds to wait before the next attempt; 0 when resumed.</summary>
    public ushort RetryAfterSeconds { get; init; }

    /// <summary>The source of the RESUME as the server saw it.</summary>
    public TransportAddress Observed { get; init; }

    /// <summary>The node whose keys made the reset token.</summary>
    public uint NodeId { get; init; }

    /// <summary>Seconds that the session has left.</summary>
    public uint LifetimeSeconds { get; init; }

    /// <summary>The server's clock, ms since 1970.</summary>
    public ulong UnixMs { get; init; }

    /// <summary>The token that makes a RESET of this session believable (SPEC 7.5); its 16 bytes as a big-endian number.</summary>
    public UInt128 ResetToken { get; init; }

    /// <summary>The new ticket, at most <see cref="Resume.MaxTicket"/> bytes; empty: the old one stays.</summary>
    public ReadOnlySpan<byte> Ticket { get; init; }

    /// <summary>
    /// Reads without verifying the part that names the session's key: <see cref="Cid"/>, <see cref="SealNonce"/> and <see cref="ServerNonce"/>.
    /// Nothing of it is authentic. Allocates and throws nothing.
    /// </summary>
    /// <param name="datagram">Exactly the datagram.</param>
    /// <param name="message">Nothing but those three; default unless the result is <see cref="RejectReason.None"/>.</param>
    public static RejectReason TryRead(ReadOnlySpan<byte> datagram, out ResumeAck message)
    {
        message = default;
        RejectReason reason = DatagramHeader.TryRead(datagram, DatagramType.ResumeAck, out DatagramHeader header);
        if (reason != RejectReason.None) return reason;
        message = new ResumeAck
        {
            Cid = header.Cid,
            SealNonce = BinaryPrimitives.ReadUInt64BigEndian(datagram[SealNonceAt..]),
            ServerNonce = BinaryPrimitives.ReadUInt128BigEndian(datagram[ServerNonceAt..]),
        };
        return RejectReason.None;
    }

    /// <summary>Verifies, decrypts and reads. Allocates and throws nothing with a warm key.</summary>
    /// <param name="datagram">Exactly the datagram.</param>
    /// <param name="key">K_udp of the session that the cheap part names, 32 bytes.</param>
    /// <param name="aead">The worker's authenticator.</param>
    /// <param name="buffer">The caller's room for the body, at least <see cref="BodySize"/> bytes; the message views it.</param>
    /// <param name="message">The message; default unless the result is <see cref="RejectReason.None"/>.</param>
    public static RejectReason TryOpen(ReadOnlySpan<byte> datagram, ReadOnlySpan<byte> key, IPacketAead aead, Span<byte> buffer, out ResumeAck message)
    {
        RejectReason reason = TryRead(datagram, out ResumeAck head);
        message = default;
        if (reason != RejectReason.None) return reason;
        Span<byte> body = buffer[..BodySize];
        reason = DatagramCipher.Open(datagram, body, DatagramDirection.ResumeFromServer, key, aead);
        if (reason != RejectReason.None) return reason;

        var reader = new SpanReader(body);
        var status = (ResumeStatus)reader.U8();
        byte missed = reader.U8();
        ushort interval = reader.U16();
        byte ackEvery = reader.U8();
        reader.Skip(1);
        ushort retryAfter = reader.U16();
        TransportAddress observed = reader.Address();
        int length = reader.U16();
        uint nodeId = reader.U32();
        uint lifetime = reader.U32();
        ulong unixMs = reader.U64();
        UInt128 resetToken = reader.U128();
        bool good = status switch
        {
            ResumeStatus.Resumed => ackEvery is >= 1 and <= Ack.MaxAckEvery && interval is >= 1 and <= Registered.MaxInterval && lifetime > 0
                && length <= Resume.MaxTicket,
            ResumeStatus.Full => (missed | interval | ackEvery | length) == 0 && lifetime == 0 && resetToken == 0 && head.Cid == default,
            _ => false,
        };
        if (!good) return RejectReason.BadValue;
        message = new ResumeAck
        {
            Cid = head.Cid,
            SealNonce = head.SealNonce,
            ServerNonce = head.ServerNonce,
            Status = status,
            Missed = missed,
            Interval = interval,
            AckEvery = ackEvery,
            RetryAfterSeconds = retryAfter,
            Observed = observed,
            NodeId = nodeId,
            LifetimeSeconds = lifetime,
            UnixMs = unixMs,
            ResetToken = resetToken,
            Ticket = body.Slice(TicketAt, length),
        };
        return RejectReason.None;
    }

    /// <summary>
    /// Writes and seals <see cref="Size"/> bytes, and returns that number. With <see cref="ResumeStatus.Full"/> the fields of a session
    /// must be left at zero; a field out of its bounds is a bug of the caller and throws.
    /// </summary>
    public int Seal(Span<byte> destination, ReadOnlySpan<byte> key, IPacketAead aead)
    {
        if (Ticket.Length > Resume.MaxTicket) throw new InvalidOperationException("A ticket has at most 144 bytes (SPEC 7.9).");
        Span<byte> datagram = destination[..Size];
        var head = new SpanWriter(datagram);
        head.U8((byte)DatagramType.ResumeAck);
        head.Zero(3);
        head.U32(Cid.Slot);
        head.U32(Cid.Tag);
        head.U64(SealNonce);
        head.U128(ServerNonce);

        Span<byte> body = stackalloc byte[BodySize];
        var writer = new SpanWriter(body);
        writer.U8((byte)Status);
        writer.U8(Missed);
        writer.U16(Interval);
        writer.U8(AckEvery);
        writer.Zero(1);
        writer.U16(RetryAfterSeconds);
        writer.Address(Observed);
        writer.U16((ushort)Ticket.Length);
        writer.U32(NodeId);
        writer.U32(LifetimeSeconds);
        writer.U64(UnixMs);
        writer.U128(ResetToken);
        writer.Bytes(Ticket);
        writer.Zero(BodySize - writer.Written);
        DatagramCipher.Seal(datagram, body, DatagramDirection.ResumeFromServer, key, aead);
        return Size;
    }
}
