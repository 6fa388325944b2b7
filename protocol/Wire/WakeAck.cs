using System.Buffers.Binary;

namespace FastRelay.Protocol.Wire;

/// <summary>
/// WAKE_ACK, device → server (SPEC 7.7). 40 bytes.
/// <code> 0 0x14   1 flags   2 u16 0   4 cid   12 ctr   20 u32 wake_id[0..4]   24 tag</code>
/// </summary>
public readonly record struct WakeAck
{
    /// <summary>Bytes on the wire.</summary>
    public const int Size = DatagramLimits.ShortSize;

    /// <summary>The session.</summary>
    public required Cid Cid { get; init; }

    /// <summary>The device's counter, 1 to 2⁶⁰.</summary>
    public required ulong Counter { get; init; }

    /// <summary>The first 4 bytes of the wake_id answered: <see cref="HeadOf"/>.</summary>
    public required uint WakeIdHead { get; init; }

    /// <summary>The part of a wake_id that WAKE_ACK carries.</summary>
    public static uint HeadOf(ulong wakeId) => (uint)(wakeId >> 32);

    /// <summary>Verifies and reads. Allocates and throws nothing with a warm key.</summary>
    /// <param name="datagram">Exactly the datagram.</param>
    /// <param name="key">K_udp of the session, 32 bytes.</param>
    /// <param name="aead">The worker's authenticator.</param>
    /// <param name="message">The message; default unless the result is <see cref="RejectReason.None"/>.</param>
    public static RejectReason TryOpen(ReadOnlySpan<byte> datagram, ReadOnlySpan<byte> key, IPacketAead aead, out WakeAck message)
    {
        message = default;
        RejectReason reason = DatagramHeader.TryRead(datagram, DatagramType.WakeAck, out DatagramHeader header);
        if (reason != RejectReason.None) return reason;
        reason = DatagramCipher.Open(datagram, [], DatagramDirection.FromDevice, key, aead);
        if (reason != RejectReason.None) return reason;
        message = new WakeAck
        {
            Cid = header.Cid,
            Counter = header.Counter,
            WakeIdHead = BinaryPrimitives.ReadUInt32BigEndian(datagram[DatagramHeader.DetailAt..]),
        };
        return RejectReason.None;
    }

    /// <summary>Writes and seals <see cref="Size"/> bytes, and returns that number.</summary>
    public int Seal(Span<byte> destination, ReadOnlySpan<byte> key, IPacketAead aead)
    {
        Span<byte> datagram = destination[..Size];
        DatagramHeader.Write(datagram, DatagramType.WakeAck, 0, 0, Cid, Counter);
        BinaryPrimitives.WriteUInt32BigEndian(datagram[DatagramHeader.DetailAt..], WakeIdHead);
        DatagramCipher.Seal(datagram, [], DatagramDirection.FromDevice, key, aead);
        return Size;
    }
}
