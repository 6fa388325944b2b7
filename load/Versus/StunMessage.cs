using System.Buffers.Binary;

namespace FastRelay.Load.Versus;

/// <summary>
/// A STUN Binding request without attributes, and what of its answer has to be right (RFC 8489 5, 14.1, 14.2). The transaction id is 12 bytes
/// of the caller's.
/// </summary>
internal static class StunMessage
{
    /// <summary>Bytes of the header, and so of the request.</summary>
    public const int HeaderSize = 20;

    /// <summary>Bytes of a transaction id.</summary>
    public const int IdSize = 12;

    private const ushort BindingRequest = 0x0001;
    private const ushort BindingSuccess = 0x0101;
    private const uint MagicCookie = 0x2112_A442;
    private const ushort XorMappedAddress = 0x0020;
    private const byte FamilyIPv4 = 1;
    private const int AddressSize = 8;

    /// <summary>Writes a Binding request.</summary>
    /// <returns>Bytes.</returns>
    public static int WriteRequest(Span<byte> destination, ReadOnlySpan<byte> id)
    {
        BinaryPrimitives.WriteUInt16BigEndian(destination, BindingRequest);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], 0);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], MagicCookie);
        id[..IdSize].CopyTo(destination[8..]);
        return HeaderSize;
    }

    /// <summary>
    /// Whether a datagram is a well-formed success answer to a request: type, length, cookie, id, attributes that fill it exactly, and an
    /// XOR-MAPPED-ADDRESS of IPv4.
    /// </summary>
    /// <param name="datagram">What came.</param>
    /// <param name="id">The request's id.</param>
    /// <param name="address">The address seen by the server, in host order: 127.0.0.1 is 0x7F000001.</param>
    /// <param name="port">The port seen by the server.</param>
    public static bool TryReadSuccess(ReadOnlySpan<byte> datagram, ReadOnlySpan<byte> id, out uint address, out ushort port)
    {
        (address, port) = (0, 0);
        if (datagram.Length < HeaderSize
            || BinaryPrimitives.ReadUInt16BigEndian(datagram) != BindingSuccess
            || BinaryPrimitives.ReadUInt16BigEndian(datagram[2..]) != datagram.Length - HeaderSize
            || BinaryPrimitives.ReadUInt32BigEndian(datagram[4..]) != MagicCookie
            || !datagram[8..HeaderSize].SequenceEqual(id[..IdSize]))
            return false;
        bool found = false;
        for (var rest = datagram[HeaderSize..]; rest.Length > 0;)
        {
            if (!TryTakeAttribute(ref rest, out ushort type, out var value)) return false;
            if (type != XorMappedAddress || found) continue;
            if (value.Length != AddressSize || value[1] != FamilyIPv4) return false;
            port = (ushort)(BinaryPrimitives.ReadUInt16BigEndian(value[2..]) ^ (MagicCookie >> 16));
            address = BinaryPrimitives.ReadUInt32BigEndian(value[4..]) ^ MagicCookie;
            found = true;
        }
        return found;
    }

    private static bool TryTakeAttribute(ref ReadOnlySpan<byte> rest, out ushort type, out ReadOnlySpan<byte> value)
    {
        type = 0;
        value = default;
        if (rest.Length < 4) return false;
        type = BinaryPrimitives.ReadUInt16BigEndian(rest);
        int length = BinaryPrimitives.ReadUInt16BigEndian(rest[2..]);
        // Each value is filled up to four bytes.
        int taken = 4 + ((length + 3) & ~3);
        if (taken > rest.Length) return false;
        value = rest.Slice(4, length);
        rest = rest[taken..];
        return true;
    }
}
