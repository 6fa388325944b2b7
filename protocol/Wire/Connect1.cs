namespace FastRelay.Protocol.Wire;

/// <summary>
/// CONNECT1 (SPEC 6.5), issuer → server: the first connection request signal of the claims.
/// <code>
///  0  u32  ref
///  4  u16  flags         reserved
///  6  u16  timeout       100 ms
///  8  16   device_id
/// 24  ip16 ‖ u16 port
/// 42  bytes8   addr_token   empty in this version
///     bytes16  cap_token    empty in this version
///     bytes16  e2e1         208 to 1,024 bytes
/// </code>
/// A view: <see cref="E2E1"/> lives as long as the content it was parsed from.
/// </summary>
public readonly ref struct Connect1
{
    /// <summary>Fewest bytes of a sealed request (SPEC 9.2: one candidate).</summary>
    public const int MinE2E1 = 208;

    /// <summary>Most bytes of a sealed request.</summary>
    public const int MaxE2E1 = 1024;

    /// <summary>Most bytes of the content in this version.</summary>
    public const int MaxSize = 47 + MaxE2E1;

    /// <summary>Chosen by the issuer, unique among its open requests on this connection; RESULT repeats it.</summary>
    public uint Ref { get; init; }

    /// <summary>How long the issuer will wait for the device, in units of 100 ms; 0: the server's choice.</summary>
    public ushort Timeout { get; init; }

    /// <summary>The device asked for.</summary>
    public DeviceId Device { get; init; }

    /// <summary>Where the issuer waits for the communication request; MUST equal OBSERVED of the connection.</summary>
    public TransportAddress Address { get; init; }

    /// <summary>The request sealed to the device (SPEC 9.2); it carries the password information.</summary>
    public ReadOnlySpan<byte> E2E1 { get; init; }

    /// <summary>Bytes of the content.</summary>
    public int Size => 47 + E2E1.Length;

    /// <summary>Reads the content of a CONNECT1. The tokens are empty in this version, so bytes in them are malformed.</summary>
    public static RejectReason TryParse(ReadOnlySpan<byte> content, out Connect1 message)
    {
        var reader = new SpanReader(content);
        uint reference = reader.U32();
        reader.Skip(2);
        ushort timeout = reader.U16();
        var device = reader.DeviceId();
        var address = reader.Address();
        reader.Bytes8(0, 0);
        reader.Bytes16(0, 0);
        message = new Connect1
        {
            Ref = reference,
            Timeout = timeout,
            Device = device,
            Address = address,
            E2E1 = reader.Bytes16(MinE2E1, MaxE2E1),
        };
        return reader.Finish();
    }

    /// <summary>Writes <see cref="Size"/> bytes and returns their number.</summary>
    public int Write(Span<byte> destination)
    {
        var writer = new SpanWriter(destination);
        writer.U32(Ref);
        writer.Zero(2);
        writer.U16(Timeout);
        writer.DeviceId(Device);
        writer.Address(Address);
        writer.Bytes8([]);
        writer.Bytes16([]);
        writer.Bytes16(E2E1);
        return writer.Written;
    }
}
