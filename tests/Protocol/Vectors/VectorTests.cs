using System.Buffers;
using System.Text.Json.Nodes;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Request;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Tests.Vectors;

public sealed class VectorTests
{
    private static readonly Lazy<(KnownAnswers File, JsonObject Vectors)> Made = new(static () =>
    {
        var file = new KnownAnswers(Environment.GetEnvironmentVariable(KnownAnswers.Switch) == "1");
        return (file, new VectorGenerator(file).Build());
    });

    private static JsonObject Vectors => Made.Value.Vectors;

    [Fact]
    public void The_published_vectors_are_made_again_byte_for_byte()
    {
        string text = KnownAnswers.Serialise(Vectors);
        if (Made.Value.File.Writing) KnownAnswers.Write(text);
        else text.ShouldBe(Made.Value.File.Text);
    }

    [Fact]
    public void The_shared_secrets_are_those_of_RFC_5903()
    {
        // 8.1 and 8.2: girx.
        Hex("handshakes", "issuer", "z").ShouldBe("d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de", StringCompareShould.IgnoreCase);
        Hex("handshakes", "register_suite2", "z").ShouldBe(
            "11187331c279962d93d604243fd592cb9d0a926f422e47187521287e7156c5c4d603135569b9e9d09cf5d4a270f59746", StringCompareShould.IgnoreCase);
    }

    [Fact]
    public void The_client_of_this_repository_speaks_the_published_handshake()
    {
        byte[] certificate = Bytes("random", "certificate");
        using var anchors = TrustAnchors.FromDer(certificate);
        var entropy = new CountingEntropy(VectorKeys.Client256);
        using var client = new ClientHandshake(new ClientHandshakeOptions
        {
            Role = ConnectionRole.Issuer,
            Policy = new CertificatePolicy(anchors, "relay.example"),
            Entropy = entropy,
        });
        var output = new ArrayBufferWriter<byte>();
        client.Start(VectorGenerator.Now, output);
        foreach (string name in new[] { "cert", "skey", "server_sig", "server_fin", "observed" })
        {
            byte[] frame = Bytes("handshakes", "issuer", name);
            client.Process(frame[0], frame.AsSpan(4), VectorGenerator.Now, output).ShouldNotBe(HandshakeStatus.Failed, $"{name}: {client.Reason}");
        }
        Convert.ToHexStringLower(output.WrittenSpan).ShouldBe(
            Hex("handshakes", "issuer", "hello") + Hex("handshakes", "issuer", "ckey") + Hex("handshakes", "issuer", "client_fin"));
        client.Observed.ShouldBe(VectorGenerator.Issuer);

        using var channel = client.TakeChannel();
        byte[] binding = new byte[32];
        SessionBinding.Compute(channel, DeviceId.Read(Bytes("identifiers", "device_id")), VectorGenerator.Issuer, binding);
        Convert.ToHexStringLower(binding).ShouldBe(Hex("e2e", "sess_bind"));
        output.ResetWrittenCount();
        channel.Seal(InnerType.DescriptorGet, Bytes("identifiers", "device_id"), output, 0);
        Convert.ToHexStringLower(output.WrittenSpan).ShouldBe(Hex("handshakes", "issuer", "descriptor_get"));
    }

    private static string Hex(params string[] path) => path.Aggregate((JsonNode)Vectors, static (node, name) => node[name]!).GetValue<string>();

    private static byte[] Bytes(params string[] path) => Convert.FromHexString(Hex(path));
}
