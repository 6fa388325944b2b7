using System.Buffers.Binary;
using System.Security.Cryptography;

namespace FastRelay.Protocol.Request;

/// <summary>Who or what a limit counts: a prefix, a device, or an address and port.</summary>
/// <param name="Value">16 bytes of it.</param>
/// <param name="More">What is left of it: a prefix's length, a port.</param>
public readonly record struct LimitKey(UInt128 Value, uint More)
{
    internal const int Size = 20;

    /// <summary>A prefix.</summary>
    public static LimitKey Of(AddressPrefix prefix) => new(prefix.Network, prefix.Length);

    /// <summary>A device.</summary>
    public static LimitKey Of(DeviceId device) => new(device.Value, 0);

    /// <summary>An address and port.</summary>
    public static LimitKey Of(TransportAddress address) => new(address.Ip, address.Port);

    /// <summary>A prefix together with a device. Hashed, so that no other pair can be made to share its count.</summary>
    public static LimitKey Of(AddressPrefix prefix, DeviceId device)
    {
        Span<byte> pair = stackalloc byte[Size + DeviceId.Size];
        Of(prefix).Write(pair);
        device.Write(pair[Size..]);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(pair, hash);
        return new LimitKey(BinaryPrimitives.ReadUInt128BigEndian(hash), BinaryPrimitives.ReadUInt32BigEndian(hash[16..]));
    }

    internal void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt128BigEndian(destination, Value);
        BinaryPrimitives.WriteUInt32BigEndian(destination[16..], More);
    }
}
