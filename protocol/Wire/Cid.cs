using System.Buffers.Binary;

namespace FastRelay.Protocol.Wire;

/// <summary>A session's connection id on the UDP plane (SPEC 6.3, 7.1): 8 bytes, <c>u32 slot ‖ u32 tag</c>.</summary>
/// <param name="Slot">The server's slot.</param>
/// <param name="Tag">Random, so that a stale or guessed slot is caught before any cryptography.</param>
public readonly record struct Cid(uint Slot, uint Tag)
{
    /// <summary>Bytes on the wire.</summary>
    public const int Size = 8;

    /// <summary>Reads 8 bytes.</summary>
    public static Cid Read(ReadOnlySpan<byte> source) =>
        new(BinaryPrimitives.ReadUInt32BigEndian(source), BinaryPrimitives.ReadUInt32BigEndian(source[4..]));

    /// <summary>Writes 8 bytes.</summary>
    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, Slot);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], Tag);
    }
}
