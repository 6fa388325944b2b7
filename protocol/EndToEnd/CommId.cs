using System.Buffers.Binary;

namespace FastRelay.Protocol.EndToEnd;

/// <summary>
/// What tells the issuer which of its requests a communication request belongs to (SPEC 9.3): 8 bytes that only the issuer and the
/// device can compute.
/// </summary>
/// <param name="Value">The bytes as a big-endian number.</param>
public readonly record struct CommId(ulong Value)
{
    /// <summary>Bytes on the wire.</summary>
    public const int Size = 8;

    /// <summary>Reads the first 8 bytes.</summary>
    public static CommId Read(ReadOnlySpan<byte> source) => new(BinaryPrimitives.ReadUInt64BigEndian(source));

    /// <summary>Writes 8 bytes.</summary>
    public void Write(Span<byte> destination) => BinaryPrimitives.WriteUInt64BigEndian(destination, Value);
}
