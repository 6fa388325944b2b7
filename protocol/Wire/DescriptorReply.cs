namespace FastRelay.Protocol.Wire;

/// <summary>
/// DESCRIPTOR (SPEC 6.4), server → issuer.
/// <code>
///  0  16       device_id
/// 16  bytes16  descriptor   empty when the server has none
/// </code>
/// A view: the descriptor lives as long as the content it was parsed from.
/// </summary>
public readonly ref struct DescriptorReply
{
    /// <summary>The device asked for.</summary>
    public DeviceId Device { get; init; }

    /// <summary>Its descriptor (SPEC 8.2), not yet checked; empty when the server has none.</summary>
    public ReadOnlySpan<byte> Descriptor { get; init; }

    /// <summary>Bytes of the content.</summary>
    public int Size => 18 + Descriptor.Length;

    /// <summary>Reads the content of a DESCRIPTOR.</summary>
    public static RejectReason TryParse(ReadOnlySpan<byte> content, out DescriptorReply message)
    {
        var reader = new SpanReader(content);
        message = new DescriptorReply { Device = reader.DeviceId(), Descriptor = reader.Bytes16(0, ushort.MaxValue) };
        return reader.Finish();
    }

    /// <summary>Writes <see cref="Size"/> bytes and returns their number.</summary>
    public int Write(Span<byte> destination)
    {
        var writer = new SpanWriter(destination);
        writer.DeviceId(Device);
        writer.Bytes16(Descriptor);
        return writer.Written;
    }
}
