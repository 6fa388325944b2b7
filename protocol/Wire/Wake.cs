using System.Buffers.Binary;

namespace FastRelay.Protocol.Wire;

/// <summary>
/// WAKE, server → device (SPEC 7.7): the third connection request signal. 64 bytes.
/// <code>
///  0 0x13   1 flags   2 u16 callback_port   4 cid   12 ctr
/// 20 encrypted: wake_id 8 ‖ u16 ttl s ‖ u16 reason ‖ callback ip16          48 tag
/// </code>
/// </summary>
public readonly record struct Wake
{
    /// <summary>Bytes on the wire.</summary>
    public const int Size = DatagramLimits.LongSize;

    /// <summary>The reason "a connection request waits".</summary>
    public const ushort ReasonRequest = 1;

    private const int Body = 28;

    /// <summary>The session.</summary>
    public required Cid Cid { get; init; }

    /// <summary>The server's counter, 1 to 2⁶⁰.</summary>
    public required ulong Counter { get; init; }

    /// <summary>What the device names in HELLO role 3: 8 bytes as a big-endian number; 0 stands for "unknown".</summary>
    public required ulong WakeId { get; init; }

    /// <summary>Seconds for which the wake holds.</summary>
    public ushort TtlSeconds { get; init; }

    /// <summary>Why: <see cref="ReasonRequest"/>.</summary>
    public ushort Reason { get; init; }

    /// <summary>Where to connect: 0 for the TCP port registered at. Always 0 in this version.</summary>
    public ushort CallbackPort { get; init; }

    /// <summary>Where to connect: 0 for the address registered at. Always 0 in this version.</summary>
    public UInt128 CallbackIp { get; init; }

    /// <summary>Verifies and reads. Allocates and throws nothing with a warm key.</summary>
    /// <param name="datagram">Exactly the datagram.</param>
    /// <param name="key">K_udp of the session, 32 bytes.</param>
    /// <param name="aead">The worker's authenticator.</param>
    /// <param name="message">The message; default unless the result is <see cref="RejectReason.None"/>.</param>
    public static RejectReason TryOpen(ReadOnlySpan<byte> datagram, ReadOnlySpan<byte> key, IPacketAead aead, out Wake message)
    {
        message = default;
        RejectReason reason = DatagramHeader.TryRead(datagram, DatagramType.Wake, out DatagramHeader header);
        if (reason != RejectReason.None) return reason;
        Span<byte> body = stackalloc byte[Body];
        reason = DatagramCipher.Open(datagram, body, DatagramDirection.FromServer, key, aead);
        if (reason != RejectReason.None) return reason;

        message = new Wake
        {
            Cid = header.Cid,
            Counter = header.Counter,
            WakeId = BinaryPrimitives.ReadUInt64BigEndian(body),
            TtlSeconds = BinaryPrimitives.ReadUInt16BigEndian(body[8..]),
            Reason = BinaryPrimitives.ReadUInt16BigEndian(body[10..]),
            CallbackPort = BinaryPrimitives.ReadUInt16BigEndian(datagram[DatagramHeader.FieldAt..]),
            CallbackIp = BinaryPrimitives.ReadUInt128BigEndian(body[12..]),
        };
        return RejectReason.None;
    }

    /// <summary>Writes and seals <see cref="Size"/> bytes, and returns that number.</summary>
    public int Seal(Span<byte> destination, ReadOnlySpan<byte> key, IPacketAead aead)
    {
        Span<byte> datagram = destination[..Size];
        DatagramHeader.Write(datagram, DatagramType.Wake, 0, CallbackPort, Cid, Counter);
        Span<byte> body = stackalloc byte[Body];
        BinaryPrimitives.WriteUInt64BigEndian(body, WakeId);
        BinaryPrimitives.WriteUInt16BigEndian(body[8..], TtlSeconds);
        BinaryPrimitives.WriteUInt16BigEndian(body[10..], Reason);
        BinaryPrimitives.WriteUInt128BigEndian(body[12..], CallbackIp);
        DatagramCipher.Seal(datagram, body, DatagramDirection.FromServer, key, aead);
        return Size;
    }
}
