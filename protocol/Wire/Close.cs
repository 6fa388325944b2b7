namespace FastRelay.Protocol.Wire;

/// <summary>
/// CLOSE (SPEC 5.4), the last message of a direction.
/// <code>
///  0  u8  reason
/// </code>
/// </summary>
/// <param name="Reason">Why.</param>
public readonly record struct Close(CloseReason Reason)
{
    /// <summary>Bytes of the content.</summary>
    public const int Size = 1;

    /// <summary>Reads the content of a CLOSE.</summary>
    public static RejectReason TryParse(ReadOnlySpan<byte> content, out Close message)
    {
        var reader = new SpanReader(content);
        message = new Close((CloseReason)reader.U8());
        if (message.Reason > CloseReason.Policy) reader.Reject(RejectReason.BadValue);
        return reader.Finish();
    }

    /// <summary>Writes <see cref="Size"/> bytes and returns their number.</summary>
    public int Write(Span<byte> destination)
    {
        destination[0] = (byte)Reason;
        return Size;
    }
}
