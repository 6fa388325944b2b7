using System.Buffers.Binary;

namespace FastRelay.Protocol.Wire;

/// <summary>
/// Reads a message's fields in order (SPEC 1.1). The first rule that fails sticks: later reads return zero or empty, so a
/// parser reads all its fields and looks at <see cref="Finish"/> once.
/// </summary>
internal ref struct SpanReader(ReadOnlySpan<byte> source)
{
    private ReadOnlySpan<byte> _rest = source;
    private RejectReason _reason;

    /// <summary>Marks the message as malformed, unless it already is.</summary>
    public void Reject(RejectReason reason)
    {
        if (_reason == RejectReason.None) _reason = reason;
    }

    public byte U8() => Take(1, out var s) ? s[0] : (byte)0;

    public ushort U16() => Take(2, out var s) ? BinaryPrimitives.ReadUInt16BigEndian(s) : (ushort)0;

    public uint U32() => Take(4, out var s) ? BinaryPrimitives.ReadUInt32BigEndian(s) : 0;

    public ulong U64() => Take(8, out var s) ? BinaryPrimitives.ReadUInt64BigEndian(s) : 0;

    public UInt128 U128() => Take(16, out var s) ? BinaryPrimitives.ReadUInt128BigEndian(s) : UInt128.Zero;

    public DeviceId DeviceId() => Take(16, out var s) ? Protocol.DeviceId.Read(s) : default;

    public TransportAddress Address() => Take(TransportAddress.Size, out var s) ? TransportAddress.Read(s) : default;

    public ReadOnlySpan<byte> Bytes(int count) => Take(count, out var s) ? s : [];

    /// <summary>Skips reserved bytes: they are ignored on receipt (SPEC 1.1).</summary>
    public void Skip(int count) => Take(count, out _);

    /// <summary>Reads <c>bytes8</c> whose length must lie within the bounds.</summary>
    public ReadOnlySpan<byte> Bytes8(int least, int most) => Counted(U8(), least, most);

    /// <summary>Reads <c>bytes16</c> whose length must lie within the bounds.</summary>
    public ReadOnlySpan<byte> Bytes16(int least, int most) => Counted(U16(), least, most);

    /// <summary>Whether no rule has failed so far.</summary>
    public readonly bool IsGood => _reason == RejectReason.None;

    /// <summary>Bytes not read yet.</summary>
    public readonly int Remaining => _rest.Length;

    /// <summary>Reads everything that is left, perhaps nothing.</summary>
    public ReadOnlySpan<byte> Rest() => Bytes(_rest.Length);

    /// <summary>What is wrong with the message; trailing bytes are malformed in every message of SPEC 6.</summary>
    public RejectReason Finish()
    {
        if (!_rest.IsEmpty) Reject(RejectReason.TrailingBytes);
        return _reason;
    }

    private ReadOnlySpan<byte> Counted(int count, int least, int most)
    {
        if (_reason != RejectReason.None) return [];
        if (count < least || count > most)
        {
            Reject(RejectReason.BadLength);
            return [];
        }
        return Bytes(count);
    }

    private bool Take(int count, out ReadOnlySpan<byte> taken)
    {
        if (_reason != RejectReason.None || _rest.Length < count)
        {
            Reject(RejectReason.TooShort);
            taken = [];
            return false;
        }
        taken = _rest[..count];
        _rest = _rest[count..];
        return true;
    }
}
