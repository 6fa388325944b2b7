using System.Buffers.Binary;
using System.Security.Cryptography;
using FastRelay.Protocol.Handshake;

namespace FastRelay.Protocol.Wire;

/// <summary>
/// addr_tag of SPEC 7.3: two bytes that change when the address at which the server sees a device changes, so that the device
/// notices without being told the address in clear.
/// </summary>
public static class AddressTag
{
    /// <summary><c>SHA-256("frl1 addr" ‖ ip16 ‖ u16 port)[0..2]</c>. Allocates nothing.</summary>
    /// <param name="source">The address and port.</param>
    /// <param name="crypto">Computes it; null for the platform.</param>
    public static ushort Of(TransportAddress source, IConnectionCrypto? crypto = null)
    {
        ReadOnlySpan<byte> prefix = "frl1 addr"u8;
        Span<byte> input = stackalloc byte[9 + TransportAddress.Size];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        prefix.CopyTo(input);
        source.Write(input[prefix.Length..]);
        if (crypto is null) SHA256.HashData(input, hash);
        else crypto.Hash(input, hash);
        return BinaryPrimitives.ReadUInt16BigEndian(hash);
    }
}
