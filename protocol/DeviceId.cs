using System.Buffers.Binary;
using System.Security.Cryptography;

namespace FastRelay.Protocol;

/// <summary>
/// A device's ID (SPEC 3.1): 16 bytes that certify themselves, being the hash of the device's identity key.
/// </summary>
public readonly partial struct DeviceId : IEquatable<DeviceId>
{
    /// <summary>Bytes on the wire.</summary>
    public const int Size = 16;

    /// <summary>Bytes of an uncompressed P-256 point.</summary>
    public const int PublicKeySize = 65;

    /// <summary>Takes the ID's 128 bits.</summary>
    public DeviceId(UInt128 value) => Value = value;

    /// <summary>The 16 bytes as a big-endian number.</summary>
    public UInt128 Value { get; }

    /// <summary>The ID of an identity key: <c>SHA-256("frl1 id" ‖ id_pub)[0..16]</c>.</summary>
    /// <param name="idPub65">The uncompressed point, 65 bytes.</param>
    public static DeviceId FromPublicKey(ReadOnlySpan<byte> idPub65)
    {
        if (idPub65.Length != PublicKeySize) throw new ArgumentException("An uncompressed P-256 point is 65 bytes.", nameof(idPub65));
        Span<byte> input = stackalloc byte[7 + PublicKeySize];
        "frl1 id"u8.CopyTo(input);
        idPub65.CopyTo(input[7..]);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(input, hash);
        return Read(hash);
    }

    /// <summary>Reads the first 16 bytes; every value is an ID.</summary>
    public static DeviceId Read(ReadOnlySpan<byte> source) => new(BinaryPrimitives.ReadUInt128BigEndian(source));

    /// <summary>Writes 16 bytes.</summary>
    public void Write(Span<byte> destination) => BinaryPrimitives.WriteUInt128BigEndian(destination, Value);

    /// <inheritdoc/>
    public bool Equals(DeviceId other) => Value == other.Value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is DeviceId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode();

    /// <summary>Whether two IDs are the same.</summary>
    public static bool operator ==(DeviceId left, DeviceId right) => left.Equals(right);

    /// <summary>Whether two IDs differ.</summary>
    public static bool operator !=(DeviceId left, DeviceId right) => !left.Equals(right);
}
