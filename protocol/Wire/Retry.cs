namespace FastRelay.Protocol.Wire;

/// <summary>
/// RETRY (SPEC 4.10), server → client instead of CERT under load: come again with this cookie.
/// <code>
///  0  bytes16  cookie   1 to 64 bytes, opaque to the client
/// </code>
/// </summary>
public readonly ref struct Retry
{
    /// <summary>Longest cookie.</summary>
    public const int MaxCookie = 64;

    /// <summary>Longest payload.</summary>
    public const int MaxSize = 2 + MaxCookie;

    /// <summary>A RETRY with a cookie; the span isn't copied.</summary>
    public Retry(ReadOnlySpan<byte> cookie) => Cookie = cookie;

    /// <summary>1 to 64 bytes.</summary>
    public ReadOnlySpan<byte> Cookie { get; }

    /// <summary>Reads the payload of a RETRY.</summary>
    public static RejectReason TryParse(ReadOnlySpan<byte> payload, out Retry message)
    {
        var reader = new SpanReader(payload);
        message = new Retry(reader.Bytes16(1, MaxCookie));
        return reader.Finish();
    }

    /// <summary>Writes the payload and returns its bytes.</summary>
    public int Write(Span<byte> destination)
    {
        var writer = new SpanWriter(destination);
        writer.Bytes16(Cookie);
        return writer.Written;
    }
}
