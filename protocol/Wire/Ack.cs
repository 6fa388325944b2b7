using System.Buffers.Binary;

namespace FastRelay.Protocol.Wire;

/// <summary>
/// ACK, server → device (SPEC 7.3), the answer to an HB and never longer than it. 40 bytes, or 64 in the long form.
/// <code>
///  0 0x12   1 flags, load in bits 4..7   2 u16 ack_every (bits 15..12) ‖ next interval in 100 ms (bits 11..0)   4 cid   12 ctr
/// 20 CHAL: u32 nonce; else u16 HB ctr ‖ u16 addr_tag; LONG: u16 HB ctr ‖ u16 observed port XOR 0x4652
/// 24 LONG: encrypted observed ip16 ‖ u64 unix_ms       24 or 48 tag
/// </code>
/// </summary>
public readonly record struct Ack
{
    /// <summary>The longest interval that fits, in units of 100 ms.</summary>
    public const int MaxIntervalTenths = 0xFFF;

    /// <summary>The largest value of <see cref="AckEvery"/>.</summary>
    public const int MaxAckEvery = 15;

    /// <summary>The largest value of <see cref="Load"/>.</summary>
    public const int MaxLoad = 15;

    internal const byte LongFlag = 0x01;
    internal const byte ChallengeFlag = 0x04;
    private const byte WakePendingFlag = 0x08;
    private const int LoadShift = 4;
    private const int AckEveryShift = 12;
    private const int LongBody = 24;

    // Middleboxes rewrite addresses that they recognise (RFC 8489 14.2 masks for the same reason).
    private const ushort PortMask = 0x4652;

    /// <summary>The session.</summary>
    public required Cid Cid { get; init; }

    /// <summary>The server's counter, 1 to 2⁶⁰.</summary>
    public required ulong Counter { get; init; }

    /// <summary>The server's load, 0 to 15.</summary>
    public byte Load { get; init; }

    /// <summary>The next interval between heartbeats, in units of 100 ms, at most <see cref="MaxIntervalTenths"/>.</summary>
    public required int IntervalTenths { get; init; }

    /// <summary>How often to ask for an ACK: 1 to 15; a 0 on the wire is read as 1.</summary>
    public required int AckEvery { get; init; }

    /// <summary>Whether the device is to act as if it had got a WAKE with wake_id 0.</summary>
    public bool WakePending { get; init; }

    /// <summary>The nonce that the device is to echo at once; null without a challenge. Never in the long form.</summary>
    public uint? Challenge { get; init; }

    /// <summary>Low 16 bits of the counter of the HB answered; not carried with a challenge.</summary>
    public ushort HeartbeatCounter { get; init; }

    /// <summary>addr_tag of the HB's source (<see cref="AddressTag"/>); only in the short form without a challenge.</summary>
    public ushort AddressTag { get; init; }

    /// <summary>Whether this is the long form: only in reply to a long HB.</summary>
    public bool IsLong { get; init; }

    /// <summary>Long form: the source of the HB as the server saw it.</summary>
    public TransportAddress Observed { get; init; }

    /// <summary>Long form: the server's clock, ms since 1970.</summary>
    public ulong UnixMs { get; init; }

    /// <summary>Bytes on the wire.</summary>
    public int Size => IsLong ? DatagramLimits.LongSize : DatagramLimits.ShortSize;

    /// <summary>Verifies and reads. Allocates and throws nothing with a warm key.</summary>
    /// <param name="datagram">Exactly the datagram.</param>
    /// <param name="key">K_udp of the session, 32 bytes.</param>
    /// <param name="aead">The worker's authenticator.</param>
    /// <param name="message">The message; default unless the result is <see cref="RejectReason.None"/>.</param>
    public static RejectReason TryOpen(ReadOnlySpan<byte> datagram, ReadOnlySpan<byte> key, IPacketAead aead, out Ack message)
    {
        message = default;
        RejectReason reason = DatagramHeader.TryRead(datagram, DatagramType.Ack, out DatagramHeader header);
        if (reason != RejectReason.None) return reason;
        bool isLong = (header.Flags & LongFlag) != 0;
        Span<byte> body = stackalloc byte[isLong ? LongBody : 0];
        reason = DatagramCipher.Open(datagram, body, DatagramDirection.FromServer, key, aead);
        if (reason != RejectReason.None) return reason;

        bool challenge = (header.Flags & ChallengeFlag) != 0;
        int pace = BinaryPrimitives.ReadUInt16BigEndian(datagram[DatagramHeader.FieldAt..]);
        uint detail = BinaryPrimitives.ReadUInt32BigEndian(datagram[DatagramHeader.DetailAt..]);
        message = new Ack
        {
            Cid = header.Cid,
            Counter = header.Counter,
            Load = (byte)(header.Flags >> LoadShift),
            IntervalTenths = pace & MaxIntervalTenths,
            AckEvery = Math.Max(1, pace >> AckEveryShift),
            WakePending = (header.Flags & WakePendingFlag) != 0,
            Challenge = challenge ? detail : null,
            HeartbeatCounter = challenge ? (ushort)0 : (ushort)(detail >> 16),
            AddressTag = challenge || isLong ? (ushort)0 : (ushort)detail,
            IsLong = isLong,
            Observed = isLong
                ? new TransportAddress(BinaryPrimitives.ReadUInt128BigEndian(body), (ushort)((ushort)detail ^ PortMask))
                : default,
            UnixMs = isLong ? BinaryPrimitives.ReadUInt64BigEndian(body[16..]) : 0,
        };
        return RejectReason.None;
    }

    /// <summary>Writes and seals <see cref="Size"/> bytes, and returns that number. A field out of its bounds is a bug of the caller and throws.</summary>
    public int Seal(Span<byte> destination, ReadOnlySpan<byte> key, IPacketAead aead)
    {
        if (Load > MaxLoad || (uint)IntervalTenths > MaxIntervalTenths || (uint)AckEvery > MaxAckEvery)
        {
            throw new InvalidOperationException("A field of the ACK is out of its bounds (SPEC 7.3).");
        }
        if (IsLong && Challenge is not null) throw new InvalidOperationException("A long ACK carries no challenge (SPEC 7.3).");

        Span<byte> datagram = destination[..Size];
        byte flags = (byte)((IsLong ? LongFlag : 0) | (Challenge is null ? 0 : ChallengeFlag) | (WakePending ? WakePendingFlag : 0) | (Load << LoadShift));
        DatagramHeader.Write(datagram, DatagramType.Ack, flags, (ushort)((AckEvery << AckEveryShift) | IntervalTenths), Cid, Counter);
        uint low = IsLong ? (uint)(ushort)(Observed.Port ^ PortMask) : AddressTag;
        BinaryPrimitives.WriteUInt32BigEndian(datagram[DatagramHeader.DetailAt..], Challenge ?? (((uint)HeartbeatCounter << 16) | low));
        Span<byte> body = stackalloc byte[IsLong ? LongBody : 0];
        if (IsLong)
        {
            BinaryPrimitives.WriteUInt128BigEndian(body, Observed.Ip);
            BinaryPrimitives.WriteUInt64BigEndian(body[16..], UnixMs);
        }
        DatagramCipher.Seal(datagram, body, DatagramDirection.FromServer, key, aead);
        return datagram.Length;
    }
}
