using System.Buffers.Binary;

namespace FastRelay.Protocol.Wire;

/// <summary>
/// The part of a datagram that is read before any key is looked up (SPEC 7.1). Nothing here is authentic: only the cid and the
/// counter may be used, and only to find the session and to ask its replay window. RESUME and RESUME_ACK have a layout of their own
/// (SPEC 7.9): of them this tells the type and that the length is right; the rest is read by <see cref="Resume"/> and <see cref="ResumeAck"/>.
/// </summary>
/// <param name="Type">Which message.</param>
/// <param name="Flags">The flags as they stand; their meaning depends on the type.</param>
/// <param name="Cid">The session that it claims; default for RESUME, which claims none.</param>
/// <param name="Counter">1 to 2⁶⁰; 0 for RESET, RESUME and RESUME_ACK, which have none.</param>
public readonly record struct DatagramHeader(DatagramType Type, byte Flags, Cid Cid, ulong Counter)
{
    internal const int FieldAt = 2;
    internal const int CidAt = 4;
    internal const int CounterAt = 12;
    internal const int DetailAt = 20;
    internal const int BodyAt = 24;

    /// <summary>Checks type, length and counter, and reads the cheap part. Allocates and throws nothing.</summary>
    /// <returns><see cref="RejectReason.None"/>, or why this can't be a datagram of FRL1.</returns>
    public static RejectReason TryRead(ReadOnlySpan<byte> datagram, out DatagramHeader header)
    {
        header = default;
        if (datagram.Length < DatagramLimits.ResetSize) return RejectReason.TooShort;
        if (datagram.Length > DatagramLimits.MaxSize) return RejectReason.TooLong;
        var type = (DatagramType)datagram[0];
        RejectReason reason = CheckLength(type, datagram);
        if (reason != RejectReason.None) return reason;

        ulong counter = 0;
        if (type is not (DatagramType.Reset or DatagramType.Resume or DatagramType.ResumeAck))
        {
            counter = BinaryPrimitives.ReadUInt64BigEndian(datagram[CounterAt..]);
            if (counter is 0 or > DatagramLimits.MaxCounter) return RejectReason.BadValue;
        }
        Cid cid = type == DatagramType.Resume ? default : Cid.Read(datagram[CidAt..]);
        header = new DatagramHeader(type, datagram[1], cid, counter);
        return RejectReason.None;
    }

    internal static RejectReason TryRead(ReadOnlySpan<byte> datagram, DatagramType expected, out DatagramHeader header)
    {
        RejectReason reason = TryRead(datagram, out header);
        if (reason == RejectReason.None && header.Type != expected) reason = RejectReason.UnknownType;
        return reason;
    }

    /// <summary>Writes the first 20 bytes. A counter that no session may use is a bug of the caller and throws.</summary>
    internal static void Write(Span<byte> destination, DatagramType type, byte flags, ushort field, Cid cid, ulong counter)
    {
        ArgumentOutOfRangeException.ThrowIfZero(counter);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(counter, DatagramLimits.MaxCounter);
        destination[0] = (byte)type;
        destination[1] = flags;
        BinaryPrimitives.WriteUInt16BigEndian(destination[FieldAt..], field);
        cid.Write(destination[CidAt..]);
        BinaryPrimitives.WriteUInt64BigEndian(destination[CounterAt..], counter);
    }

    private static RejectReason CheckLength(DatagramType type, ReadOnlySpan<byte> datagram)
    {
        int length = datagram.Length;
        switch (type)
        {
            case DatagramType.Heartbeat:
                return Exactly(length, (datagram[1] & Heartbeat.LongFlag) != 0 ? DatagramLimits.LongSize : DatagramLimits.ShortSize);
            case DatagramType.Ack:
                bool isLong = (datagram[1] & Ack.LongFlag) != 0;
                // SPEC 7.3: the long form and a challenge share bytes 20..24.
                if (isLong && (datagram[1] & Ack.ChallengeFlag) != 0) return RejectReason.BadValue;
                return Exactly(length, isLong ? DatagramLimits.LongSize : DatagramLimits.ShortSize);
            case DatagramType.Wake:
                return Exactly(length, DatagramLimits.LongSize);
            case DatagramType.WakeAck:
                return Exactly(length, DatagramLimits.ShortSize);
            case DatagramType.Reset:
                return Exactly(length, DatagramLimits.ResetSize);
            case DatagramType.Resume or DatagramType.ResumeAck:
                return Exactly(length, DatagramLimits.ResumeSize);
            case DatagramType.SealedRequest or DatagramType.SealedAnswer:
                if (length < DatagramLimits.ShortSize) return RejectReason.TooShort;
                int body = BinaryPrimitives.ReadUInt16BigEndian(datagram[FieldAt..]);
                return body == length - DatagramLimits.ShortSize ? RejectReason.None : RejectReason.BadLength;
            default:
                return RejectReason.UnknownType;
        }
    }

    private static RejectReason Exactly(int length, int expected) =>
        length == expected ? RejectReason.None : length < expected ? RejectReason.TooShort : RejectReason.TrailingBytes;
}
