using System.Buffers.Binary;
using FastRelay.Protocol;
using FastRelay.Protocol.Request;

namespace FastRelay.Server.Devices;

/// <summary>
/// A device's descriptor as it stands on disk: 252 bytes, which make 256 with the file's check of them.
/// <code>
///   0  16  device
///  16   8  expires, Unix s, big-endian
///  24 226  descriptor (SPEC 8.2)
/// 250   2  zero
/// </code>
/// </summary>
internal static class DescriptorRecord
{
    /// <summary>Of the layout above.</summary>
    public const uint Version = 1;

    /// <summary>Bytes of a record.</summary>
    public const int Size = 252;

    private const int ExpiresAt = DeviceId.Size;
    private const int DescriptorAt = ExpiresAt + sizeof(long);
    private const int End = DescriptorAt + Descriptor.Size;

    /// <summary>Writes <see cref="Size"/> bytes.</summary>
    public static void Write(Span<byte> record, DeviceId device, long expires, ReadOnlySpan<byte> descriptor)
    {
        device.Write(record);
        BinaryPrimitives.WriteInt64BigEndian(record[ExpiresAt..], expires);
        descriptor.CopyTo(record[DescriptorAt..End]);
        record[End..].Clear();
    }

    /// <summary>When it expires.</summary>
    public static long Expires(ReadOnlySpan<byte> record) => BinaryPrimitives.ReadInt64BigEndian(record[ExpiresAt..]);

    /// <summary>Whose it is.</summary>
    public static DeviceId Device(ReadOnlySpan<byte> record) => DeviceId.Read(record);

    /// <summary>The descriptor.</summary>
    public static ReadOnlySpan<byte> Content(ReadOnlySpan<byte> record) => record[DescriptorAt..End];
}
