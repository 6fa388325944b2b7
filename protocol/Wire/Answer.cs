namespace FastRelay.Protocol.Wire;

/// <summary>
/// ANSWER (SPEC 6.9), device → server. Also the body of ANSWER_FAST (SPEC 7.8).
/// <code>
///  0  8   request_id
///  8  u8  status
///  9  bytes16  verdict   98 bytes, or empty
/// </code>
/// A view: the verdict lives as long as the content it was parsed from.
/// </summary>
public readonly ref struct Answer
{
    /// <summary>Most bytes of the content.</summary>
    public const int MaxSize = 11 + Result.VerdictSize;

    /// <summary>The request answered.</summary>
    public ulong RequestId { get; init; }

    /// <summary>Taken or refused.</summary>
    public AnswerStatus Status { get; init; }

    /// <summary>What the device sealed for the issuer (SPEC 9.4), or empty.</summary>
    public ReadOnlySpan<byte> Verdict { get; init; }

    /// <summary>Bytes of the content.</summary>
    public int Size => 11 + Verdict.Length;

    /// <summary>Reads the content of an ANSWER.</summary>
    public static RejectReason TryParse(ReadOnlySpan<byte> content, out Answer message)
    {
        var reader = new SpanReader(content);
        message = new Answer
        {
            RequestId = reader.U64(),
            Status = (AnswerStatus)reader.U8(),
            Verdict = reader.Bytes16(0, Result.VerdictSize),
        };
        if (message.Verdict.Length is not (0 or Result.VerdictSize)) reader.Reject(RejectReason.BadLength);
        if (message.Status is not (AnswerStatus.Accepted or AnswerStatus.Refused)) reader.Reject(RejectReason.BadValue);
        return reader.Finish();
    }

    /// <summary>Writes <see cref="Size"/> bytes and returns their number.</summary>
    public int Write(Span<byte> destination)
    {
        var writer = new SpanWriter(destination);
        writer.U64(RequestId);
        writer.U8((byte)Status);
        writer.Bytes16(Verdict);
        return writer.Written;
    }
}
