using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace FastRelay.Protocol;

/// <summary>
/// A transport address (RFC 8489 2): an IP address in its 16-byte form, IPv4 as <c>::ffff:a.b.c.d</c>, and a port (SPEC 1.1).
/// 18 bytes on the wire. IPv6 scope ids are not carried.
/// </summary>
/// <param name="Ip">The address as a 128-bit big-endian number.</param>
/// <param name="Port">The port, 0 to 65535.</param>
public readonly record struct TransportAddress(UInt128 Ip, ushort Port)
{
    /// <summary>Bytes on the wire: <c>ip16 ‖ u16 port</c>.</summary>
    public const int Size = 18;

    private static readonly UInt128 MappedPrefix = new(0, 0x0000_FFFF_0000_0000);

    /// <summary>Whether the address is an IPv4 address (in mapped form).</summary>
    public bool IsIPv4 => (Ip & new UInt128(ulong.MaxValue, 0xFFFF_FFFF_0000_0000)) == MappedPrefix;

    /// <summary>Takes the address of an endpoint; IPv4 is mapped.</summary>
    public static TransportAddress From(IPEndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        Span<byte> ip16 = stackalloc byte[16];
        WriteIp16(endPoint.Address, ip16);
        return new TransportAddress(BinaryPrimitives.ReadUInt128BigEndian(ip16), (ushort)endPoint.Port);
    }

    /// <summary>Reads 18 bytes; every value is an address.</summary>
    public static TransportAddress Read(ReadOnlySpan<byte> source) =>
        new(BinaryPrimitives.ReadUInt128BigEndian(source), BinaryPrimitives.ReadUInt16BigEndian(source[16..]));

    /// <summary>Writes 18 bytes.</summary>
    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt128BigEndian(destination, Ip);
        BinaryPrimitives.WriteUInt16BigEndian(destination[16..], Port);
    }

    /// <summary>The address as an endpoint; mapped addresses come out as IPv4.</summary>
    public IPEndPoint ToIPEndPoint()
    {
        Span<byte> ip16 = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(ip16, Ip);
        var address = IsIPv4 ? new IPAddress(ip16[12..]) : new IPAddress(ip16);
        return new IPEndPoint(address, Port);
    }

    /// <inheritdoc/>
    public override string ToString() => ToIPEndPoint().ToString();

    private static void WriteIp16(IPAddress address, Span<byte> ip16)
    {
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            ip16.Clear();
            ip16[10] = 0xFF;
            ip16[11] = 0xFF;
            address.TryWriteBytes(ip16[12..], out _);
        }
        else
        {
            address.TryWriteBytes(ip16, out _);
        }
    }
}
