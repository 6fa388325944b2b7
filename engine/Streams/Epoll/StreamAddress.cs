using System.Buffers.Binary;
using System.Net;

namespace FastRelay.Engine.Streams.Epoll;

/// <summary>A native address in 24 bytes, made an object when somebody asks for it. IPv4 is kept in mapped form (RFC 4291 2.5.5.2).</summary>
internal readonly record struct StreamAddress
{
    private const int FamilyIpv6 = 10;
    private const ulong Mapped = 0x0000_FFFF_0000_0000;

    private readonly ulong _high;
    private readonly ulong _low;
    private readonly uint _scope;
    private readonly ushort _port;

    /// <summary>Reads a sockaddr_in or sockaddr_in6.</summary>
    /// <param name="native">As long as the family's is.</param>
    public StreamAddress(ReadOnlySpan<byte> native)
    {
        _port = BinaryPrimitives.ReadUInt16BigEndian(native[2..]);
        if (BitConverter.ToUInt16(native) == FamilyIpv6)
        {
            _high = BinaryPrimitives.ReadUInt64BigEndian(native[8..]);
            _low = BinaryPrimitives.ReadUInt64BigEndian(native[16..]);
            _scope = BitConverter.ToUInt32(native[24..]);
            return;
        }
        _low = Mapped | BinaryPrimitives.ReadUInt32BigEndian(native[4..]);
    }

    /// <summary>The address as an endpoint; mapped addresses come out as IPv4.</summary>
    public IPEndPoint ToIPEndPoint()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, _high);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], _low);
        bool isIpv4 = _high == 0 && (_low & 0xFFFF_FFFF_0000_0000) == Mapped;
        return new IPEndPoint(isIpv4 ? new IPAddress(bytes[12..]) : new IPAddress(bytes, _scope), _port);
    }
}
