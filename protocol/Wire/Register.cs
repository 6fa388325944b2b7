namespace FastRelay.Protocol.Wire;

/// <summary>
/// REGISTER (SPEC 6.2), device → server on a connection of role 2.
/// <code>
///  0  u8   flags           reserved
///  1  u8   reserved
///  2  u16  interval_wish   100 ms; 0: the server's choice
///  4  bytes16  descriptor  checked by the server (Request.Descriptor)
/// </code>
/// A view: the descriptor lives as long as the content it was parsed from.
/// </summary>
public readonly ref struct Register
{
    /// <summary>The heartbeat interval the device would like, in units of 100 ms; 0 leaves it to the server.</summary>
    public ushort IntervalWish { get; init; }

    /// <summary>The device's signed descriptor (SPEC 8.2), not yet checked.</summary>
    public ReadOnlySpan<byte> Descriptor { get; init; }

    /// <summary>Bytes of the content.</summary>
    public int Size => 6 + Descriptor.Length;

    /// <summary>Reads the content of a REGISTER.</summary>
    public static RejectReason TryParse(ReadOnlySpan<byte> content, out Register message)
    {
        var reader = new SpanReader(content);
        reader.Skip(2);
        message = new Register { IntervalWish = reader.U16(), Descriptor = reader.Bytes16(0, ushort.MaxValue) };
        return reader.Finish();
    }

    /// <summary>Writes <see cref="Size"/> bytes and returns their number.</summary>
    public int Write(Span<byte> destination)
    {
        var writer = new SpanWriter(destination);
        writer.Zero(2);
        writer.U16(IntervalWish);
        writer.Bytes16(Descriptor);
        return writer.Written;
    }
}
