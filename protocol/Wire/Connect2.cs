namespace FastRelay.Protocol.Wire;

/// <summary>
/// CONNECT2 (SPEC 6.8), server → device: the second connection request signal of the claims. Also the body of CONNECT2_FAST (SPEC 7.8).
/// <code>
///  0  8    request_id    random, chosen by the server
///  8  u8   flags         bit 0 SAME_PUBLIC
///  9  u8   reserved
/// 10  ip16 ‖ u16 port    of CONNECT1
/// 28  32   sess_bind     (6.7)
/// 60  bytes16  e2e1      of CONNECT1, unchanged
/// </code>
/// A view: <see cref="SessionBinding"/> and <see cref="E2E1"/> live as long as the content it was parsed from.
/// </summary>
public readonly ref struct Connect2
{
    /// <summary>Bytes of <see cref="SessionBinding"/>.</summary>
    public const int SessionBindingSize = 32;

    /// <summary>Most bytes of the content.</summary>
    public const int MaxSize = 62 + Connect1.MaxE2E1;

    /// <summary>The server's number for this request; its 8 bytes as a big-endian number.</summary>
    public ulong RequestId { get; init; }

    /// <summary>The server sees device and issuer at the same IP address.</summary>
    public bool SamePublic { get; init; }

    /// <summary>Where the issuer waits, from CONNECT1.</summary>
    public TransportAddress Address { get; init; }

    /// <summary>What the server computed from its own side of TCP #1 (SPEC 6.7), 32 bytes.</summary>
    public ReadOnlySpan<byte> SessionBinding { get; init; }

    /// <summary>The sealed request, unchanged from CONNECT1.</summary>
    public ReadOnlySpan<byte> E2E1 { get; init; }

    /// <summary>Bytes of the content.</summary>
    public int Size => 62 + E2E1.Length;

    /// <summary>Reads the content of a CONNECT2.</summary>
    public static RejectReason TryParse(ReadOnlySpan<byte> content, out Connect2 message)
    {
        var reader = new SpanReader(content);
        ulong requestId = reader.U64();
        byte flags = reader.U8();
        reader.Skip(1);
        message = new Connect2
        {
            RequestId = requestId,
            SamePublic = (flags & 1) != 0,
            Address = reader.Address(),
            SessionBinding = reader.Bytes(SessionBindingSize),
            E2E1 = reader.Bytes16(Connect1.MinE2E1, Connect1.MaxE2E1),
        };
        return reader.Finish();
    }

    /// <summary>Writes <see cref="Size"/> bytes and returns their number.</summary>
    public int Write(Span<byte> destination)
    {
        if (SessionBinding.Length != SessionBindingSize) throw new InvalidOperationException("A session binding is 32 bytes.");
        var writer = new SpanWriter(destination);
        writer.U64(RequestId);
        writer.U8(SamePublic ? (byte)1 : (byte)0);
        writer.Zero(1);
        writer.Address(Address);
        writer.Bytes(SessionBinding);
        writer.Bytes16(E2E1);
        return writer.Written;
    }
}
