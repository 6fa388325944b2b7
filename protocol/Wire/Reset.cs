using System.Buffers.Binary;
using System.Security.Cryptography;

namespace FastRelay.Protocol.Wire;

/// <summary>
/// RESET, server → device (SPEC 7.5): the server doesn't know this session; register again. 32 bytes, shorter than anything it
/// answers. It proves itself by the token that the device was given when it registered; the other fields aren't covered.
/// <code> 0 0x1F   1 flags   2 u16 retry_after s   4 cid   12 4 random bytes   16 token</code>
/// </summary>
public readonly record struct Reset
{
    /// <summary>Bytes on the wire.</summary>
    public const int Size = DatagramLimits.ResetSize;

    /// <summary>Bytes of a reset token.</summary>
    public const int TokenSize = 16;

    private const int RandomAt = 12;
    private const int TokenAt = 16;

    /// <summary>The session that the server doesn't know.</summary>
    public required Cid Cid { get; init; }

    /// <summary>Seconds over which to spread the return; the device caps it at 60.</summary>
    public ushort RetryAfterSeconds { get; init; }

    /// <summary>Reads, and compares the token in constant time. Allocates and throws nothing.</summary>
    /// <param name="datagram">Exactly the datagram.</param>
    /// <param name="token">The token of REGISTERED, 16 bytes.</param>
    /// <param name="message">The message; default unless the result is <see cref="RejectReason.None"/>.</param>
    public static RejectReason TryOpen(ReadOnlySpan<byte> datagram, ReadOnlySpan<byte> token, out Reset message)
    {
        message = default;
        RejectReason reason = DatagramHeader.TryRead(datagram, DatagramType.Reset, out DatagramHeader header);
        if (reason != RejectReason.None) return reason;
        if (!CryptographicOperations.FixedTimeEquals(datagram[TokenAt..], token)) return RejectReason.BadTag;
        message = new Reset { Cid = header.Cid, RetryAfterSeconds = BinaryPrimitives.ReadUInt16BigEndian(datagram[DatagramHeader.FieldAt..]) };
        return RejectReason.None;
    }

    /// <summary>Writes <see cref="Size"/> bytes, and returns that number.</summary>
    /// <param name="destination">At least <see cref="Size"/> bytes.</param>
    /// <param name="token">The token of this cid (<see cref="NodeKeys.WriteResetToken"/>), 16 bytes.</param>
    /// <param name="random">4 bytes that make RESETs differ.</param>
    public int Write(Span<byte> destination, ReadOnlySpan<byte> token, uint random)
    {
        if (token.Length != TokenSize) throw new ArgumentException("A reset token has 16 bytes.", nameof(token));
        Span<byte> datagram = destination[..Size];
        datagram[0] = (byte)DatagramType.Reset;
        datagram[1] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(datagram[DatagramHeader.FieldAt..], RetryAfterSeconds);
        Cid.Write(datagram[DatagramHeader.CidAt..]);
        BinaryPrimitives.WriteUInt32BigEndian(datagram[RandomAt..], random);
        token.CopyTo(datagram[TokenAt..]);
        return Size;
    }
}
