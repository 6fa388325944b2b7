using System.Buffers.Binary;

namespace FastRelay.Protocol.Wire;

/// <summary>Writes a message's fields in order (SPEC 1.1). A destination that is too small is a mistake of the caller and throws.</summary>
internal ref struct SpanWriter(Span<byte> destination)
{
    private readonly Span<byte> _destination = destination;

    /// <summary>Bytes written so far.</summary>
    public int Written { get; private set; }

    public void U8(byte value) => Take(1)[0] = value;

    public void U16(ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Take(2), value);

    public void U32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Take(4), value);

    public void U64(ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Take(8), value);

    public void U128(UInt128 value) => BinaryPrimitives.WriteUInt128BigEndian(Take(16), value);

    public void DeviceId(DeviceId value) => value.Write(Take(16));

    public void Address(TransportAddress value) => value.Write(Take(TransportAddress.Size));

    public void Bytes(ReadOnlySpan<byte> value) => value.CopyTo(Take(value.Length));

    /// <summary>Writes reserved bytes: zero (SPEC 1.1).</summary>
    public void Zero(int count) => Take(count).Clear();

    public void Bytes8(ReadOnlySpan<byte> value)
    {
        U8(checked((byte)value.Length));
        Bytes(value);
    }

    public void Bytes16(ReadOnlySpan<byte> value)
    {
        U16(checked((ushort)value.Length));
        Bytes(value);
    }

    private Span<byte> Take(int count)
    {
        var taken = _destination.Slice(Written, count);
        Written += count;
        return taken;
    }
}
