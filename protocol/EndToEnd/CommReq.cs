using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.EndToEnd;

/// <summary>
/// COMMREQ (SPEC 9.3), device → issuer, the first bytes of the direct connection: the communication request signal of the claims.
/// <code>
///  0  0x00 0x80
///  2  8   comm_id
/// 10  98  message 2
/// </code>
/// No byte of it is chosen by whoever named the address, so a device can't be made to speak another protocol to a victim.
/// A view over the bytes it was parsed from.
/// </summary>
public readonly ref struct CommReq
{
    /// <summary>Bytes on the wire.</summary>
    public const int Size = 2 + CommId.Size + Message2Size;

    /// <summary>Bytes of Noise message 2: <c>e_pub 65 ‖ AEAD(u8 status ‖ request_nonce 16)</c>.</summary>
    public const int Message2Size = EcPoint.P256Size + 1 + RequestPayload.NonceSize + NoiseState.TagSize;

    /// <summary>Which of the issuer's requests it belongs to.</summary>
    public CommId CommId { get; init; }

    /// <summary>Noise message 2, 98 bytes.</summary>
    public ReadOnlySpan<byte> Message2 { get; init; }

    /// <summary>Reads a COMMREQ.</summary>
    public static RejectReason TryParse(ReadOnlySpan<byte> bytes, out CommReq message)
    {
        var reader = new SpanReader(bytes);
        ushort mark = reader.U16();
        message = new CommReq
        {
            CommId = new CommId(reader.U64()),
            Message2 = reader.Bytes(Message2Size),
        };
        if (mark != 0x0080) reader.Reject(RejectReason.BadMagic);
        return reader.Finish();
    }

    /// <summary>Writes 108 bytes and returns their number.</summary>
    public int Write(Span<byte> destination)
    {
        var writer = new SpanWriter(destination);
        writer.U16(0x0080);
        writer.U64(CommId.Value);
        writer.Bytes(Message2);
        return writer.Written;
    }
}
