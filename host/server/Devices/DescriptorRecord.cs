using System.Buffers.Binary;
using System.Security.Cryptography;
using FastRelay.Protocol;
using FastRelay.Protocol.Request;

namespace FastRelay.Server.Devices;

/// <summary>
/// A device's descriptor as it stands on disk, 256 bytes.
/// <code>
///   0  16  device
///  16   8  expires, Unix s, big-endian
///  24 226  descriptor (SPEC 8.2)
/// 250   6  SHA-256 of all that stands before
/// </code>
/// </summary>
internal static class DescriptorRecord
{
    /// <summary>Bytes of a record.</summary>
    public const int Size = 256;

    /// <summary>Bytes that say whose it is and how long it lasts.</summary>
    public const int HeadSize = DescriptorAt;

    private const int ExpiresAt = DeviceId.Size;
    private const int DescriptorAt = ExpiresAt + sizeof(long);
    private const int CheckAt = DescriptorAt + Descriptor.Size;

    /// <summary>Writes <see cref="Size"/> bytes.</summary>
    public static void Write(Span<byte> record, DeviceId device, long expires, ReadOnlySpan<byte> descriptor)
    {
        device.Write(record);
        BinaryPrimitives.WriteInt64BigEndian(record[ExpiresAt..], expires);
        descriptor.CopyTo(record[DescriptorAt..CheckAt]);
        Check(record, record[CheckAt..Size]);
    }

    /// <summary>When it expires; 0 in a record that was never written.</summary>
    public static long Expires(ReadOnlySpan<byte> record) => BinaryPrimitives.ReadInt64BigEndian(record[ExpiresAt..]);

    /// <summary>Whose it is.</summary>
    public static DeviceId Device(ReadOnlySpan<byte> record) => DeviceId.Read(record);

    /// <summary>The descriptor, when the record is whole and that device's; else null.</summary>
    public static byte[]? Read(ReadOnlySpan<byte> record, DeviceId device)
    {
        Span<byte> check = stackalloc byte[Size - CheckAt];
        Check(record, check);
        return Device(record) == device && check.SequenceEqual(record[CheckAt..Size]) ? record[DescriptorAt..CheckAt].ToArray() : null;
    }

    private static void Check(ReadOnlySpan<byte> record, Span<byte> check)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(record[..CheckAt], hash);
        hash[..check.Length].CopyTo(check);
    }
}
