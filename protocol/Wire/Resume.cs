using System.Buffers.Binary;

namespace FastRelay.Protocol.Wire;

/// <summary>
/// RESUME, device → server (SPEC 7.9): a device comes back with a ticket, without a handshake. 256 bytes, nothing encrypted.
/// <code>
///   0 0x15   1 flags   2 u16 n, bytes of the ticket   4 u32 steer   8 8 zero
///  16 client_nonce 16   32 ticket, zero bytes up to 240   240 tag
/// </code>
/// A view over its bytes. The reserved ones are under the tag and aren't looked at.
/// </summary>
public readonly ref struct Resume
{
    /// <summary>Bytes on the wire.</summary>
    public const int Size = DatagramLimits.ResumeSize;

    /// <summary>Bytes of the longest ticket.</summary>
    public const int MaxTicket = 144;

    /// <summary>Where the byte stands that says which shard is to get the datagram: the lowest of <see cref="Wire.Cid.Slot"/> in all others.</summary>
    public const int SteerAt = 7;

    private const byte NewTicketFlag = 0x01;
    private const int NonceAt = 16;
    private const int NonceSize = 16;
    private const int TicketAt = NonceAt + NonceSize;
    private const int TagAt = Size - PacketAeadExtensions.TagSize;

    /// <summary>Whether the device asks for another ticket.</summary>
    public bool NewTicket { get; init; }

    /// <summary>The lowest 8 bits of the slot of the device's latest cid.</summary>
    public byte Steer { get; init; }

    /// <summary>Made afresh for each return; its 16 bytes as a big-endian number.</summary>
    public UInt128 ClientNonce { get; init; }

    /// <summary>The ticket, 1 to <see cref="MaxTicket"/> bytes.</summary>
    public ReadOnlySpan<byte> Ticket { get; init; }

    /// <summary>Reads without verifying: what the server needs to find the keys. Nothing of it is authentic. Allocates and throws nothing.</summary>
    /// <param name="datagram">Exactly the datagram; the message views it.</param>
    /// <param name="message">The message; default unless the result is <see cref="RejectReason.None"/>.</param>
    public static RejectReason TryRead(ReadOnlySpan<byte> datagram, out Resume message)
    {
        message = default;
        RejectReason reason = DatagramHeader.TryRead(datagram, DatagramType.Resume, out DatagramHeader header);
        if (reason != RejectReason.None) return reason;
        int length = BinaryPrimitives.ReadUInt16BigEndian(datagram[DatagramHeader.FieldAt..]);
        if (length is 0 or > MaxTicket) return RejectReason.BadLength;
        message = new Resume
        {
            NewTicket = (header.Flags & NewTicketFlag) != 0,
            Steer = datagram[SteerAt],
            ClientNonce = BinaryPrimitives.ReadUInt128BigEndian(datagram[NonceAt..]),
            Ticket = datagram.Slice(TicketAt, length),
        };
        return RejectReason.None;
    }

    /// <summary>Reads and verifies. Allocates and throws nothing with a warm key.</summary>
    /// <param name="datagram">Exactly the datagram; the message views it.</param>
    /// <param name="authKey">K_auth, 32 bytes, of the opened ticket.</param>
    /// <param name="aead">The worker's authenticator.</param>
    /// <param name="message">The message; default unless the result is <see cref="RejectReason.None"/>.</param>
    public static RejectReason TryOpen(ReadOnlySpan<byte> datagram, ReadOnlySpan<byte> authKey, IPacketAead aead, out Resume message)
    {
        RejectReason reason = TryRead(datagram, out message);
        if (reason != RejectReason.None) return reason;
        if (aead.Verify(authKey, NonceOf(datagram), datagram[TagAt..], datagram[..TagAt])) return RejectReason.None;
        message = default;
        return RejectReason.BadTag;
    }

    /// <summary>Writes and seals <see cref="Size"/> bytes, and returns that number. A ticket that doesn't fit is a bug of the caller and throws.</summary>
    public int Seal(Span<byte> destination, ReadOnlySpan<byte> authKey, IPacketAead aead)
    {
        ArgumentNullException.ThrowIfNull(aead);
        if (Ticket.Length is 0 or > MaxTicket) throw new InvalidOperationException("A ticket has 1 to 144 bytes (SPEC 7.9).");
        Span<byte> datagram = destination[..Size];
        datagram[..TagAt].Clear();
        datagram[0] = (byte)DatagramType.Resume;
        datagram[1] = NewTicket ? NewTicketFlag : (byte)0;
        BinaryPrimitives.WriteUInt16BigEndian(datagram[DatagramHeader.FieldAt..], (ushort)Ticket.Length);
        datagram[SteerAt] = Steer;
        BinaryPrimitives.WriteUInt128BigEndian(datagram[NonceAt..], ClientNonce);
        Ticket.CopyTo(datagram[TicketAt..]);
        aead.Seal(authKey, NonceOf(datagram), [], [], datagram[TagAt..], datagram[..TagAt]);
        return Size;
    }

    private static ReadOnlySpan<byte> NonceOf(ReadOnlySpan<byte> datagram) => datagram.Slice(NonceAt, PacketAeadExtensions.NonceSize);
}
