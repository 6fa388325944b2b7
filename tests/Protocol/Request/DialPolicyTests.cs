using System.Net;
using FastRelay.Protocol.Request;

namespace FastRelay.Protocol.Tests.Request;

public sealed class DialPolicyTests
{
    private const string Global = "203.0.113.7";
    private const string Private = "192.168.1.7";
    private const string LinkLocal = "169.254.1.7";
    private const string Loopback = "127.0.0.1";

    [Theory]
    [InlineData("0.0.0.0", AddressScope.Never)]
    [InlineData("0.1.2.3", AddressScope.Never)]
    [InlineData("::", AddressScope.Never)]
    [InlineData("224.0.0.1", AddressScope.Never)]
    [InlineData("239.255.255.255", AddressScope.Never)]
    [InlineData("255.255.255.255", AddressScope.Never)]
    [InlineData("ff02::1", AddressScope.Never)]
    [InlineData("169.254.169.254", AddressScope.Never)]
    [InlineData("::ffff:169.254.169.254", AddressScope.Never)]
    [InlineData("64:ff9b::a9fe:a9fe", AddressScope.Never)]
    [InlineData("2002:a9fe:a9fe::1", AddressScope.Never)]
    [InlineData("::169.254.169.254", AddressScope.Never)]
    [InlineData("fd00:ec2::254", AddressScope.Never)]
    [InlineData("240.0.0.1", AddressScope.Never)]
    [InlineData("254.255.255.255", AddressScope.Never)]
    [InlineData("64:ff9b:1::cb00:7107", AddressScope.Never)]
    [InlineData("64:ff9b:1:a00:0:100::", AddressScope.Never)]
    [InlineData("64:ff9b:1:ffff:ffff:ffff:ffff:ffff", AddressScope.Never)]
    [InlineData("2001::1", AddressScope.Never)]
    [InlineData("2001:0:cb00:7107:0:f227:f5ff:fffe", AddressScope.Never)]
    [InlineData("127.0.0.1", AddressScope.Loopback)]
    [InlineData("127.255.255.255", AddressScope.Loopback)]
    [InlineData("::1", AddressScope.Loopback)]
    [InlineData("::ffff:127.0.0.1", AddressScope.Loopback)]
    [InlineData("::127.0.0.1", AddressScope.Loopback)]
    [InlineData("64:ff9b::7f00:1", AddressScope.Loopback)]
    [InlineData("2002:7f00:1::", AddressScope.Loopback)]
    [InlineData("169.254.0.1", AddressScope.LinkLocal)]
    [InlineData("fe80::1", AddressScope.LinkLocal)]
    [InlineData("febf::1", AddressScope.LinkLocal)]
    [InlineData("10.0.0.1", AddressScope.Private)]
    [InlineData("172.16.0.1", AddressScope.Private)]
    [InlineData("172.31.255.255", AddressScope.Private)]
    [InlineData("192.168.0.1", AddressScope.Private)]
    [InlineData("100.64.0.1", AddressScope.Private)]
    [InlineData("100.127.255.255", AddressScope.Private)]
    [InlineData("::ffff:10.0.0.1", AddressScope.Private)]
    [InlineData("64:ff9b::a00:1", AddressScope.Private)]
    [InlineData("198.18.0.1", AddressScope.Private)]
    [InlineData("198.19.255.255", AddressScope.Private)]
    [InlineData("192.0.0.1", AddressScope.Private)]
    [InlineData("fc00::1", AddressScope.Private)]
    [InlineData("fd12:3456::1", AddressScope.Private)]
    [InlineData("fec0::1", AddressScope.Private)]
    [InlineData("9.255.255.255", AddressScope.Global)]
    [InlineData("11.0.0.1", AddressScope.Global)]
    [InlineData("172.15.255.255", AddressScope.Global)]
    [InlineData("172.32.0.1", AddressScope.Global)]
    [InlineData("100.63.255.255", AddressScope.Global)]
    [InlineData("100.128.0.1", AddressScope.Global)]
    [InlineData("128.0.0.1", AddressScope.Global)]
    [InlineData("192.167.0.1", AddressScope.Global)]
    [InlineData("198.17.255.255", AddressScope.Global)]
    [InlineData("198.20.0.1", AddressScope.Global)]
    [InlineData("192.0.1.1", AddressScope.Global)]
    [InlineData("223.255.255.255", AddressScope.Global)]
    [InlineData("203.0.113.7", AddressScope.Global)]
    [InlineData("2001:1::1", AddressScope.Global)]
    [InlineData("64:ff9b:2::1", AddressScope.Global)]
    [InlineData("2001:db8::1", AddressScope.Global)]
    [InlineData("64:ff9b::cb00:7107", AddressScope.Global)]
    public void An_address_has_its_scope(string ip, AddressScope expected) => DialPolicy.ScopeOf(Address(ip).Ip).ShouldBe(expected);

    [Theory]
    [InlineData(Loopback, Loopback, false, true)]
    [InlineData(Loopback, LinkLocal, false, true)]
    [InlineData(Loopback, Private, false, true)]
    [InlineData(Loopback, Global, false, true)]
    [InlineData(LinkLocal, Loopback, false, false)]
    [InlineData(LinkLocal, LinkLocal, false, true)]
    [InlineData(LinkLocal, Private, false, true)]
    [InlineData(LinkLocal, Global, false, true)]
    [InlineData(Private, Loopback, false, false)]
    [InlineData(Private, LinkLocal, false, false)]
    [InlineData(Private, Private, false, true)]
    [InlineData(Private, Global, false, true)]
    [InlineData(Global, Loopback, false, false)]
    [InlineData(Global, LinkLocal, false, false)]
    [InlineData(Global, Private, false, false)]
    [InlineData(Global, Global, false, true)]
    [InlineData(Global, Private, true, true)]
    [InlineData(Global, LinkLocal, true, false)]
    [InlineData(Global, Loopback, true, false)]
    [InlineData(Private, LinkLocal, true, false)]
    [InlineData(Private, Loopback, true, false)]
    [InlineData(LinkLocal, Loopback, true, false)]
    public void A_device_dials_only_as_near_as_its_server_is_or_a_private_address_of_its_own_network(
        string server, string target, bool samePublic, bool allowed) =>
        new DialPolicy(Address(server)).Allows(Address(target), samePublic).ShouldBe(allowed);

    [Theory]
    [InlineData("169.254.169.254")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("fd00:ec2::254")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("ff02::1")]
    public void Some_addresses_are_never_dialled_whatever_the_server_says(string target)
    {
        var policy = new DialPolicy(Address(Loopback), allowLowPorts: true);
        policy.Allows(Address(target), samePublic: true).ShouldBeFalse();
        policy.Allows(Address(target), samePublic: false).ShouldBeFalse();
    }

    [Theory]
    [InlineData(0, false, false)]
    [InlineData(0, true, false)]
    [InlineData(1, false, false)]
    [InlineData(22, true, true)]
    [InlineData(1023, false, false)]
    [InlineData(1023, true, true)]
    [InlineData(1024, false, true)]
    [InlineData(65535, false, true)]
    public void Ports_below_1024_are_dialled_only_if_the_operator_allows_them_and_port_0_never(ushort port, bool allowLow, bool allowed) =>
        new DialPolicy(Address(Global), allowLow).Allows(Address(Global) with { Port = port }, samePublic: false).ShouldBe(allowed);

    private static TransportAddress Address(string ip) => TransportAddress.From(new IPEndPoint(IPAddress.Parse(ip), 40_000));
}
