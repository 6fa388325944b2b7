using System.Security.Cryptography;
using FastRelay.Protocol.Records;

namespace FastRelay.Protocol.Request;

/// <summary>
/// What ties a sealed request to its TCP #1, device and address (SPEC 6.7), so that one lifted to another session or address is refused:
/// <code>sess_bind = XL(exp of TCP #1, "req bind", SHA-256(device_id ‖ ip16 ‖ u16 port), 32)</code>
/// with SHA-256 whatever the suite (SPEC 1.3).
/// </summary>
public static class SessionBinding
{
    /// <summary>Bytes of a session binding.</summary>
    public const int Size = 32;

    /// <summary>Computes it from one's own side of TCP #1.</summary>
    /// <param name="channel">TCP #1.</param>
    /// <param name="device">The device asked for.</param>
    /// <param name="address">The address of CONNECT1.</param>
    /// <param name="destination">Receives 32 bytes.</param>
    public static void Compute(SecureChannel channel, DeviceId device, TransportAddress address, Span<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(channel);
        Span<byte> context = stackalloc byte[SHA256.HashSizeInBytes];
        Context(device, address, context);
        channel.ExportSha256("req bind", context, destination[..Size]);
    }

    /// <summary>What is bound: <c>SHA-256(device_id ‖ ip16 ‖ u16 port)</c>.</summary>
    internal static void Context(DeviceId device, TransportAddress address, Span<byte> destination)
    {
        Span<byte> input = stackalloc byte[DeviceId.Size + TransportAddress.Size];
        device.Write(input);
        address.Write(input[DeviceId.Size..]);
        SHA256.HashData(input, destination);
    }
}
