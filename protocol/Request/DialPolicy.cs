namespace FastRelay.Protocol.Request;

/// <summary>
/// What a device may dial (SPEC 8.5), so that nobody reaches with its hand where only it can reach: an address of a scope at least as
/// global as that of its server; a private one also when the server sees device and issuer at the same public address. Immutable.
/// </summary>
public sealed class DialPolicy
{
    private const ushort FirstUnprivilegedPort = 1024;

    private readonly AddressScope _least;

    /// <summary>Makes the policy of a device that reaches its server at an address.</summary>
    /// <param name="server">The server's address as this device dials it.</param>
    /// <param name="allowLowPorts">Whether the operator allows ports below 1024.</param>
    public DialPolicy(TransportAddress server, bool allowLowPorts = false)
    {
        _least = ScopeOf(server.Ip);
        AllowLowPorts = allowLowPorts;
    }

    /// <summary>Whether ports below 1024 are allowed.</summary>
    public bool AllowLowPorts { get; }

    /// <summary>Whether the device may dial an address.</summary>
    /// <param name="target">The address of CONNECT2.</param>
    /// <param name="samePublic">SAME_PUBLIC of CONNECT2.</param>
    public bool Allows(TransportAddress target, bool samePublic)
    {
        var scope = ScopeOf(target.Ip);
        if (scope == AddressScope.Never || _least == AddressScope.Never) return false;
        if (target.Port == 0 || (target.Port < FirstUnprivilegedPort && !AllowLowPorts)) return false;
        return scope >= _least || (scope == AddressScope.Private && samePublic);
    }

    /// <summary>The scope of an address in 16-byte form. An IPv4 address carried within an IPv6 one counts as that IPv4 address.</summary>
    public static AddressScope ScopeOf(UInt128 ip)
    {
        if (EmbeddedIPv4(ip) is { } ipv4) return ScopeOfIPv4(ipv4);
        if (ip == UInt128.Zero) return AddressScope.Never;
        if (ip == UInt128.One) return AddressScope.Loopback;
        if (ip == Ec2Metadata || IsTranslated(ip)) return AddressScope.Never;
        uint first = (uint)(ip >> 112);
        return first switch
        {
            >= 0xFF00 => AddressScope.Never,
            >= 0xFE80 and <= 0xFEBF => AddressScope.LinkLocal,
            >= 0xFEC0 and <= 0xFEFF => AddressScope.Private,
            >= 0xFC00 and <= 0xFDFF => AddressScope.Private,
            _ => AddressScope.Global,
        };
    }

    // fd00:ec2::254
    private static UInt128 Ec2Metadata => new(0xFD00_0EC2_0000_0000, 0x0000_0000_0000_0254);

    /// <summary>
    /// 64:ff9b:1::/48 is a site's own NAT64 prefix (RFC 8215) and may carry the IPv4 address anywhere in it; a Teredo address (RFC 4380) makes
    /// a relay send to the two IPv4 addresses that it carries. Neither is globally reachable (RFC 6890), nor any server's view of an issuer.
    /// </summary>
    private static bool IsTranslated(UInt128 ip) => (ulong)(ip >> 80) == 0x0064_FF9B_0001 || (uint)(ip >> 96) == 0x2001_0000;

    private static uint? EmbeddedIPv4(UInt128 ip)
    {
        ulong high = (ulong)(ip >> 64);
        ulong low = (ulong)ip;
        return (high, low >> 32) switch
        {
            (0, 0xFFFF) => (uint)low,                                        // ::ffff:0:0/96, mapped
            (0, 0) when low > 1 => (uint)low,                                // ::/96, IPv4-compatible
            (0x0064_FF9B_0000_0000, 0) => (uint)low,                         // 64:ff9b::/96, NAT64 (RFC 6052)
            _ when high >> 48 == 0x2002 => (uint)(high >> 16),               // 2002::/16, 6to4 (RFC 3056)
            _ => null,
        };
    }

    private static AddressScope ScopeOfIPv4(uint ip) => ip switch
    {
        < 0x0100_0000 => AddressScope.Never,                                 // 0/8: this network
        0xA9FE_A9FE => AddressScope.Never,                                   // 169.254.169.254
        >= 0xE000_0000 and <= 0xEFFF_FFFF => AddressScope.Never,             // 224/4: multicast
        >= 0xF000_0000 => AddressScope.Never,                                // 240/4: reserved; broadcast
        _ when ip >> 24 == 127 => AddressScope.Loopback,
        _ when ip >> 16 == 0xA9FE => AddressScope.LinkLocal,
        _ when ip >> 24 == 10 || ip >> 20 == 0xAC1 || ip >> 16 == 0xC0A8 || ip >> 22 == 0x191 => AddressScope.Private,
        _ when ip >> 17 == 0x6309 || ip >> 8 == 0xC000_00 => AddressScope.Private, // 198.18/15, 192.0.0/24 (RFC 6890)
        _ => AddressScope.Global,
    };
}
