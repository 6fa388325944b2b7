using System.Buffers.Binary;
using System.Security.Cryptography;

namespace FastRelay.Protocol;

/// <summary>
/// A device's ID: the first 16 bytes of the hash of its identity key (SPEC 3.1), so it certifies itself.
/// Any 16 bytes are an ID of somebody.
/// </summary>
public readonly struct DeviceId : IEquatable<DeviceId>
{
    /// <summary>Bytes on the wire.</summary>
    public const int Size = 16;

    /// <summary>Bytes of an identity key's public point, uncompressed P-256.</summary>
    public const int PublicKeySize = 65;

    private static readonly byte[] HashPrefix = "frl1 id"u8.ToArray();

    /// <summary>Takes the ID as a 128-bit big-endian number.</summary>
    public DeviceId(UInt128 value) => Value = value;

    /// <summary>The ID as a 128-bit big-endian number: the key of tables.</summary>
    public UInt128 Value { get; }

    /// <summary>Whether two IDs are the same. IDs are no secret.</summary>
    public static bool operator ==(DeviceId left, DeviceId right) => left.Value == right.Value;

    /// <summary>Whether two IDs differ.</summary>
    public static bool operator !=(DeviceId left, DeviceId right) => left.Value != right.Value;

    /// <summary>The ID of an identity key (SPEC 3.1).</summary>
    /// <param name="publicKey">The public point: 65 bytes, uncompressed; anything else throws <see cref="ArgumentException"/>. It isn't checked to be on the curve.</param>
    public static DeviceId FromPublicKey(ReadOnlySpan<byte> publicKey)
    {
        if (publicKey.Length != PublicKeySize) throw new ArgumentException("An identity key's point has 65 bytes.", nameof(publicKey));
        Span<byte> input = stackalloc byte[HashPrefix.Length + PublicKeySize];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        HashPrefix.CopyTo(input);
        publicKey.CopyTo(input[HashPrefix.Length..]);
        SHA256.HashData(input, hash);
        return Read(hash);
    }

    /// <summary>Reads the first 16 bytes.</summary>
    public static DeviceId Read(ReadOnlySpan<byte> source) => new(BinaryPrimitives.ReadUInt128BigEndian(source));

    /// <summary>Reads what a person typed (SPEC 3.2).</summary>
    /// <returns>What is wrong, in words for that person; <see cref="DeviceIdTextError.None"/> when nothing is.</returns>
    public static DeviceIdTextError Parse(ReadOnlySpan<char> text, out DeviceId id) => DeviceIdText.Parse(text, out id);

    /// <summary>Writes 16 bytes.</summary>
    public void Write(Span<byte> destination) => BinaryPrimitives.WriteUInt128BigEndian(destination, Value);

    /// <summary>The text form for people (SPEC 3.2): <c>XXXXXXX-XXXXXXX-XXXXXXX-XXXXXXX</c>.</summary>
    public override string ToString() => DeviceIdText.Format(this);

    /// <inheritdoc/>
    public bool Equals(DeviceId other) => Value == other.Value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is DeviceId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode();
}
