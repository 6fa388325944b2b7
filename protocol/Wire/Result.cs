namespace FastRelay.Protocol.Wire;

/// <summary>
/// RESULT (SPEC 6.6), server → issuer: exactly one answers each CONNECT1.
/// <code>
///  0  u32  ref
///  4  u8   status
///  5  u8   reserved
///  6  u16  retry_after   seconds
///  8  u32  waited_ms
/// 12  bytes16  verdict   98 bytes, or empty
/// </code>
/// A view: the verdict lives as long as the content it was parsed from.
/// </summary>
public readonly ref struct Result
{
    /// <summary>Bytes of a verdict: Noise message 2 (SPEC 9.3, 9.4).</summary>
    public const int VerdictSize = 98;

    /// <summary>Most bytes of the content.</summary>
    public const int MaxSize = 14 + VerdictSize;

    /// <summary>The request's number as the issuer chose it.</summary>
    public uint Ref { get; init; }

    /// <summary>The answer.</summary>
    public ResultStatus Status { get; init; }

    /// <summary>Seconds to wait before trying again; 0 where that says nothing.</summary>
    public ushort RetryAfterSeconds { get; init; }

    /// <summary>How long the server waited for the device.</summary>
    public uint WaitedMs { get; init; }

    /// <summary>What the device sealed for the issuer (SPEC 9.4); empty when it said nothing.</summary>
    public ReadOnlySpan<byte> Verdict { get; init; }

    /// <summary>Bytes of the content.</summary>
    public int Size => 14 + Verdict.Length;

    /// <summary>Reads the content of a RESULT.</summary>
    public static RejectReason TryParse(ReadOnlySpan<byte> content, out Result message)
    {
        var reader = new SpanReader(content);
        uint reference = reader.U32();
        var status = (ResultStatus)reader.U8();
        reader.Skip(1);
        message = new Result
        {
            Ref = reference,
            Status = status,
            RetryAfterSeconds = reader.U16(),
            WaitedMs = reader.U32(),
            Verdict = reader.Bytes16(0, VerdictSize),
        };
        if (message.Verdict.Length is not (0 or VerdictSize)) reader.Reject(RejectReason.BadLength);
        if (status is < ResultStatus.Accepted or > ResultStatus.AddressRefused) reader.Reject(RejectReason.BadValue);
        return reader.Finish();
    }

    /// <summary>Writes <see cref="Size"/> bytes and returns their number.</summary>
    public int Write(Span<byte> destination)
    {
        var writer = new SpanWriter(destination);
        writer.U32(Ref);
        writer.U8((byte)Status);
        writer.Zero(1);
        writer.U16(RetryAfterSeconds);
        writer.U32(WaitedMs);
        writer.Bytes16(Verdict);
        return writer.Written;
    }
}
