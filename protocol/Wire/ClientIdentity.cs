namespace FastRelay.Protocol.Wire;

/// <summary>
/// CLIENT_ID (SPEC 4.7), client → server inside a record: the identity key of a device.
/// <code>
///  0  u8       kind = 1   raw P-256 key
///  1  bytes16  point      65 bytes
/// </code>
/// </summary>
public readonly ref struct ClientIdentity
{
    /// <summary>Bytes of the content.</summary>
    public const int Size = 1 + 2 + EcPoint.P256Size;

    private const byte RawKey = 1;

    /// <summary>An identity; the span isn't copied.</summary>
    public ClientIdentity(ReadOnlySpan<byte> point) => Point = point;

    /// <summary>The public point, 65 bytes. That it lies on the curve is for the import to find.</summary>
    public ReadOnlySpan<byte> Point { get; }

    /// <summary>Reads the content of a CLIENT_ID.</summary>
    public static RejectReason TryParse(ReadOnlySpan<byte> content, out ClientIdentity message)
    {
        var reader = new SpanReader(content);
        if (reader.U8() != RawKey) reader.Reject(RejectReason.BadValue);
        message = new ClientIdentity(reader.Bytes16(EcPoint.P256Size, EcPoint.P256Size));
        return reader.Finish();
    }

    /// <summary>Writes <see cref="Size"/> bytes and returns their number.</summary>
    public int Write(Span<byte> destination)
    {
        var writer = new SpanWriter(destination);
        writer.U8(RawKey);
        writer.Bytes16(Point);
        return writer.Written;
    }
}
