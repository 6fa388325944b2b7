namespace FastRelay.Protocol.Request;

/// <summary>
/// The part of an IP address that stands for one party: what is limited or locked together. IPv6 is taken by /64, for one host commands
/// that many addresses; IPv4 by /32 or /24.
/// </summary>
/// <param name="Network">The address with the host's bits zero, in 16-byte form.</param>
/// <param name="Length">Bits that count, of 128.</param>
public readonly record struct AddressPrefix(UInt128 Network, byte Length)
{
    /// <summary>IPv4 by /32, IPv6 by /64: who connects (SPEC 10.1).</summary>
    public static AddressPrefix OfHost(TransportAddress address) => Of(address, 32);

    /// <summary>IPv4 by /24, IPv6 by /64: who fails passwords (SPEC 8.4), who gets RESETs (SPEC 10.1).</summary>
    public static AddressPrefix OfNetwork(TransportAddress address) => Of(address, 24);

    private static AddressPrefix Of(TransportAddress address, int ipv4Bits)
    {
        int bits = address.IsIPv4 ? 96 + ipv4Bits : 64;
        var mask = UInt128.MaxValue << (128 - bits);
        return new AddressPrefix(address.Ip & mask, (byte)bits);
    }
}
