using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace FastRelay.Engine.Datagrams;

/// <summary>
/// Where a datagram came from or goes to: an IPv6 address as a 128-bit big-endian number, IPv4 in mapped form
/// (<c>::ffff:a.b.c.d</c>, RFC 4291 2.5.5.2), and a port.
/// </summary>
/// <param name="Ip">The address.</param>
/// <param name="Port">The port, 0 to 65535.</param>
public readonly record struct DatagramAddress(UInt128 Ip, ushort Port)
{
    private const ulong MappedHigh = 0x0000_FFFF_0000_0000;

    /// <summary>Whether it is an IPv4 address in mapped form.</summary>
    public bool IsIPv4 => (ulong)(Ip >> 64) == 0 && ((ulong)Ip & 0xFFFF_FFFF_0000_0000) == MappedHigh;

    /// <summary>Takes the address of an endpoint; IPv4 is mapped, a scope id is dropped.</summary>
    public static DatagramAddress From(IPEndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        Span<byte> bytes = stackalloc byte[16];
        endPoint.Address.TryWriteBytes(bytes, out int written);
        var ip = written == 4 ? FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(bytes)) : BinaryPrimitives.ReadUInt128BigEndian(bytes);
        return new DatagramAddress(ip, (ushort)endPoint.Port);
    }

    /// <summary>The address as an endpoint; mapped addresses come out as IPv4.</summary>
    public IPEndPoint ToIPEndPoint()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, Ip);
        return new IPEndPoint(new IPAddress(IsIPv4 ? bytes[12..] : bytes), Port);
    }

    /// <inheritdoc/>
    public override string ToString() => ToIPEndPoint().ToString();

    internal static UInt128 FromIPv4(uint address) => new(0, MappedHigh | address);

    /// <summary>
    /// Reads a native socket address. The offsets of port and address are the same on all systems .NET runs on; what
    /// stands before them (family, on some a length) isn't looked at.
    /// </summary>
    internal static DatagramAddress ReadNative(ReadOnlySpan<byte> native, AddressFamily family, out uint scopeId)
    {
        ushort port = BinaryPrimitives.ReadUInt16BigEndian(native[2..]);
        if (family == AddressFamily.InterNetwork)
        {
            scopeId = 0;
            return new DatagramAddress(FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(native[4..])), port);
        }
        scopeId = BitConverter.ToUInt32(native[24..]);
        return new DatagramAddress(BinaryPrimitives.ReadUInt128BigEndian(native[8..]), port);
    }

    /// <summary>Writes port and address into a native socket address of the family, whose head is in place.</summary>
    internal void WriteNative(Span<byte> native, AddressFamily family, uint scopeId)
    {
        BinaryPrimitives.WriteUInt16BigEndian(native[2..], Port);
        if (family == AddressFamily.InterNetwork)
        {
            BinaryPrimitives.WriteUInt32BigEndian(native[4..], (uint)Ip);
            return;
        }
        native.Slice(4, 4).Clear();
        BinaryPrimitives.WriteUInt128BigEndian(native[8..], Ip);
        BitConverter.TryWriteBytes(native[24..], scopeId);
    }
}
