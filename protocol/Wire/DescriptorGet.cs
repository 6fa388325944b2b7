namespace FastRelay.Protocol.Wire;

/// <summary>
/// DESCRIPTOR_GET (SPEC 6.4), issuer → server.
/// <code>
///  0  16  device_id
/// </code>
/// </summary>
/// <param name="Device">The device whose descriptor is asked for.</param>
public readonly record struct DescriptorGet(DeviceId Device)
{
    /// <summary>Bytes of the content.</summary>
    public const int Size = 16;

    /// <summary>Reads the content of a DESCRIPTOR_GET.</summary>
    public static RejectReason TryParse(ReadOnlySpan<byte> content, out DescriptorGet message)
    {
        var reader = new SpanReader(content);
        message = new DescriptorGet(reader.DeviceId());
        return reader.Finish();
    }

    /// <summary>Writes <see cref="Size"/> bytes and returns their number.</summary>
    public int Write(Span<byte> destination)
    {
        Device.Write(destination);
        return Size;
    }
}
