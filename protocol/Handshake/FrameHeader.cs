using System.Buffers.Binary;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Handshake;

/// <summary>
/// The four bytes before every frame's payload (SPEC 4.1). They are also what a RECORD authenticates beside its text (SPEC 5.1).
/// <code>
/// 0  u8   type
/// 1  u8   version = 1
/// 2  u16  length of the payload
/// </code>
/// </summary>
/// <param name="Type">One of <see cref="FrameType"/>.</param>
/// <param name="Length">Bytes of payload that follow.</param>
public readonly record struct FrameHeader(byte Type, ushort Length)
{
    /// <summary>Bytes on the wire.</summary>
    public const int Size = 4;

    /// <summary>The version in every frame.</summary>
    public const byte Version = 1;

    /// <summary>Longest payload a server accepts before the client's FIN is verified (SPEC 4.1).</summary>
    public const int MaxPayloadToServer = 4_096;

    /// <summary>Longest payload a client accepts before the server's FIN is verified: a CERT with 8,192 bytes of chain fits (SPEC 4.1).</summary>
    public const int MaxPayloadToClient = 8_448;

    /// <summary>Longest payload after the other side's FIN is verified: 16,384 content, 1 type, 16 tag (SPEC 4.1).</summary>
    public const int MaxPayloadAuthenticated = 16_401;

    /// <summary>
    /// Reads the first four bytes of a frame. Anything but a known type, version 1 and a length within
    /// <paramref name="maxPayload"/> is malformed as soon as the header is there (SPEC 4.1, 4.2).
    /// </summary>
    public static RejectReason TryRead(ReadOnlySpan<byte> source, int maxPayload, out FrameHeader header)
    {
        header = default;
        if (source.Length < Size) return RejectReason.TooShort;
        if (!FrameType.IsKnown(source[0])) return RejectReason.UnknownType;
        if (source[1] != Version) return RejectReason.BadVersion;
        ushort length = BinaryPrimitives.ReadUInt16BigEndian(source[2..]);
        if (length > maxPayload) return RejectReason.TooLong;
        header = new FrameHeader(source[0], length);
        return RejectReason.None;
    }

    /// <summary>Writes four bytes.</summary>
    public void Write(Span<byte> destination)
    {
        destination[0] = Type;
        destination[1] = Version;
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], Length);
    }
}
