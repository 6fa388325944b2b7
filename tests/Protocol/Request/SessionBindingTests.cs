using System.Security.Cryptography;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Records;
using FastRelay.Protocol.Request;
using FastRelay.Protocol.Tests.EndToEnd;

namespace FastRelay.Protocol.Tests.Request;

public sealed class SessionBindingTests
{
    [Fact]
    public void The_binding_is_XL_of_exp_with_SHA_256_on_either_suite()
    {
        foreach (var suite in new[] { CipherSuite.P256, CipherSuite.P384 })
        {
            byte[] exporter = [.. Enumerable.Range(0, suite.HashSize).Select(static i => (byte)i)];
            using var channel = Channel(suite, exporter);
            byte[] binding = new byte[32];
            SessionBinding.Compute(channel, Parties.Shared.Id, Parties.IssuerAddress, binding);

            byte[] bound = new byte[34];
            Parties.Shared.Id.Write(bound);
            Parties.IssuerAddress.Write(bound.AsSpan(16));
            byte[] info = [0, 32, 13, .. "frl1 req bind"u8, 32, .. SHA256.HashData(bound)];
            binding.ShouldBe(HKDF.Expand(HashAlgorithmName.SHA256, exporter, 32, info));
        }
    }

    [Fact]
    public void Another_session_device_address_or_port_has_another_binding()
    {
        var address = Parties.IssuerAddress;
        byte[][] bindings =
        [
            Compute(0, Parties.Shared.Id, address),
            Compute(1, Parties.Shared.Id, address),
            Compute(0, new DeviceId(7), address),
            Compute(0, Parties.Shared.Id, address with { Port = 1 }),
            Compute(0, Parties.Shared.Id, address with { Ip = 1 }),
        ];
        bindings.Select(Convert.ToHexString).Distinct().Count().ShouldBe(5);
    }

    private static byte[] Compute(byte session, DeviceId device, TransportAddress address)
    {
        byte[] exporter = new byte[32];
        exporter[0] = session;
        using var channel = Channel(CipherSuite.P256, exporter);
        byte[] binding = new byte[32];
        SessionBinding.Compute(channel, device, address, binding);
        return binding;
    }

    private static SecureChannel Channel(CipherSuite suite, byte[] exporter) =>
        new(suite, new RecordProtection(suite, new byte[suite.HashSize]), new RecordProtection(suite, new byte[suite.HashSize]), exporter, PlatformConnectionCrypto.Instance);
}
