namespace FastRelay.Protocol.Wire;

/// <summary>
/// ALERT (SPEC 4.11), server → client instead of CERT. It isn't authenticated: good for a message to a person and for back-off, for nothing else.
/// <code>
///  0  u8   reason
///  1  u8   reserved
///  2  u16  retry_after   seconds
/// </code>
/// </summary>
/// <param name="Reason">Why.</param>
/// <param name="RetryAfterSeconds">Seconds to wait; a client waits at most 300.</param>
public readonly record struct Alert(AlertReason Reason, ushort RetryAfterSeconds)
{
    /// <summary>Bytes of the payload.</summary>
    public const int Size = 4;

    /// <summary>Reads the payload of an ALERT.</summary>
    public static RejectReason TryParse(ReadOnlySpan<byte> payload, out Alert message)
    {
        var reader = new SpanReader(payload);
        var reason = (AlertReason)reader.U8();
        reader.Skip(1);
        message = new Alert(reason, reader.U16());
        if (reason is < AlertReason.Overloaded or > AlertReason.ShuttingDown) reader.Reject(RejectReason.BadValue);
        return reader.Finish();
    }

    /// <summary>Writes <see cref="Size"/> bytes and returns their number.</summary>
    public int Write(Span<byte> destination)
    {
        var writer = new SpanWriter(destination);
        writer.U8((byte)Reason);
        writer.Zero(1);
        writer.U16(RetryAfterSeconds);
        return writer.Written;
    }
}
