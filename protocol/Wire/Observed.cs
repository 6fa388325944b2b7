namespace FastRelay.Protocol.Wire;

/// <summary>
/// OBSERVED (SPEC 6.1), server → client, once, directly after the server's FIN: the client's source address as the server sees it.
/// <code>
///  0  ip16 ‖ u16 port
/// </code>
/// </summary>
/// <param name="Address">The source address of the connection.</param>
public readonly record struct Observed(TransportAddress Address)
{
    /// <summary>Bytes of the content.</summary>
    public const int Size = TransportAddress.Size;

    /// <summary>Reads the content of an OBSERVED.</summary>
    public static RejectReason TryParse(ReadOnlySpan<byte> content, out Observed message)
    {
        var reader = new SpanReader(content);
        message = new Observed(reader.Address());
        return reader.Finish();
    }

    /// <summary>Writes <see cref="Size"/> bytes and returns their number.</summary>
    public int Write(Span<byte> destination)
    {
        Address.Write(destination);
        return Size;
    }
}
