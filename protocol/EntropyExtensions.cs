using System.Buffers.Binary;

namespace FastRelay.Protocol;

/// <summary>Random numbers of the sizes that nonces, tags and ids have. Big-endian, so that a known answer reads as it stands on the wire.</summary>
public static class EntropyExtensions
{
    /// <summary>Four unpredictable bytes.</summary>
    public static uint NextUInt32(this IEntropy entropy)
    {
        ArgumentNullException.ThrowIfNull(entropy);
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        entropy.Fill(bytes);
        return BinaryPrimitives.ReadUInt32BigEndian(bytes);
    }

    /// <summary>Eight unpredictable bytes.</summary>
    public static ulong NextUInt64(this IEntropy entropy)
    {
        ArgumentNullException.ThrowIfNull(entropy);
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        entropy.Fill(bytes);
        return BinaryPrimitives.ReadUInt64BigEndian(bytes);
    }

    /// <summary>Sixteen unpredictable bytes.</summary>
    public static UInt128 NextUInt128(this IEntropy entropy)
    {
        ArgumentNullException.ThrowIfNull(entropy);
        Span<byte> bytes = stackalloc byte[16];
        entropy.Fill(bytes);
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }
}
