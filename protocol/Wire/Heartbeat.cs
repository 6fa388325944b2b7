using System.Buffers.Binary;

namespace FastRelay.Protocol.Wire;

/// <summary>
/// HB, device → server (SPEC 7.2): the equipment registration signal. 40 bytes, or 64 in the long form.
/// <code>
///  0 0x11   1 flags   2 u16 rtt_ms   4 cid   12 ctr
/// 20 ECHO: u32 nonce; else u16 last ACK ctr ‖ u16 status
/// 24 LONG: encrypted ip16 ‖ u16 port ‖ 6 zero          24 or 48 tag
/// </code>
/// </summary>
public readonly record struct Heartbeat
{
    internal const byte LongFlag = 0x01;
    private const byte AckWantedFlag = 0x02;
    private const byte GoodbyeFlag = 0x10;
    private const byte EchoFlag = 0x20;
    private const int LongBody = 24;

    /// <summary>The session.</summary>
    public required Cid Cid { get; init; }

    /// <summary>The device's counter, 1 to 2⁶⁰.</summary>
    public required ulong Counter { get; init; }

    /// <summary>The last round trip measured, in ms; 0 unknown, 65535 more.</summary>
    public ushort RttMs { get; init; }

    /// <summary>Whether the device wants an ACK (SPEC 7.4).</summary>
    public bool AckWanted { get; init; }

    /// <summary>Whether the device stops: it counts as offline at once.</summary>
    public bool Goodbye { get; init; }

    /// <summary>The nonce of the challenge that this answers; null when it answers none.</summary>
    public uint? Echo { get; init; }

    /// <summary>Low 16 bits of the highest ACK counter the device has seen; not carried with an echo.</summary>
    public ushort LastAck { get; init; }

    /// <summary>Whether this is the long form, which asks for the long ACK.</summary>
    public bool IsLong { get; init; }

    /// <summary>Long form: an address of the device in its own network, or all zero.</summary>
    public TransportAddress Local { get; init; }

    /// <summary>Bytes on the wire.</summary>
    public int Size => IsLong ? DatagramLimits.LongSize : DatagramLimits.ShortSize;

    /// <summary>Verifies and reads. Allocates and throws nothing with a warm key.</summary>
    /// <param name="datagram">Exactly the datagram.</param>
    /// <param name="key">K_udp of the session that the header names, 32 bytes.</param>
    /// <param name="aead">The worker's authenticator.</param>
    /// <param name="message">The message; default unless the result is <see cref="RejectReason.None"/>.</param>
    public static RejectReason TryOpen(ReadOnlySpan<byte> datagram, ReadOnlySpan<byte> key, IPacketAead aead, out Heartbeat message)
    {
        message = default;
        RejectReason reason = DatagramHeader.TryRead(datagram, DatagramType.Heartbeat, out DatagramHeader header);
        if (reason != RejectReason.None) return reason;
        bool isLong = (header.Flags & LongFlag) != 0;
        Span<byte> body = stackalloc byte[isLong ? LongBody : 0];
        reason = DatagramCipher.Open(datagram, body, DatagramDirection.FromDevice, key, aead);
        if (reason != RejectReason.None) return reason;

        bool echo = (header.Flags & EchoFlag) != 0;
        ReadOnlySpan<byte> detail = datagram[DatagramHeader.DetailAt..];
        message = new Heartbeat
        {
            Cid = header.Cid,
            Counter = header.Counter,
            RttMs = BinaryPrimitives.ReadUInt16BigEndian(datagram[DatagramHeader.FieldAt..]),
            AckWanted = (header.Flags & AckWantedFlag) != 0,
            Goodbye = (header.Flags & GoodbyeFlag) != 0,
            Echo = echo ? BinaryPrimitives.ReadUInt32BigEndian(detail) : null,
            LastAck = echo ? (ushort)0 : BinaryPrimitives.ReadUInt16BigEndian(detail),
            IsLong = isLong,
            Local = isLong ? TransportAddress.Read(body) : default,
        };
        return RejectReason.None;
    }

    /// <summary>Writes and seals <see cref="Size"/> bytes, and returns that number.</summary>
    public int Seal(Span<byte> destination, ReadOnlySpan<byte> key, IPacketAead aead)
    {
        Span<byte> datagram = destination[..Size];
        byte flags = (byte)((IsLong ? LongFlag : 0) | (AckWanted ? AckWantedFlag : 0) | (Goodbye ? GoodbyeFlag : 0) | (Echo is null ? 0 : EchoFlag));
        DatagramHeader.Write(datagram, DatagramType.Heartbeat, flags, RttMs, Cid, Counter);
        BinaryPrimitives.WriteUInt32BigEndian(datagram[DatagramHeader.DetailAt..], Echo ?? (uint)LastAck << 16);
        Span<byte> body = stackalloc byte[IsLong ? LongBody : 0];
        body.Clear();
        if (IsLong) Local.Write(body);
        DatagramCipher.Seal(datagram, body, DatagramDirection.FromDevice, key, aead);
        return datagram.Length;
    }
}
