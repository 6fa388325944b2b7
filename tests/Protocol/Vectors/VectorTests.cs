using System.Buffers;
using System.Text.Json.Nodes;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Records;
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

    [Theory]
    [InlineData("issuer", "sess_bind")]
    [InlineData("issuer_suite2", "sess_bind_suite2")]
    [InlineData("issuer_cached", null)]
    [InlineData("issuer_retry", null)]
    public void The_client_of_this_repository_speaks_the_published_handshake(string name, string? sessionBinding)
    {
        byte[] certificate = Bytes("random", "certificate");
        using var anchors = TrustAnchors.FromDer(certificate);
        var handshake = Vectors["handshakes"]![name]!.AsObject();
        var entropy = new CountingEntropy(name == "issuer_suite2" ? VectorKeys.Client384 : VectorKeys.Client256);
        byte[] chain = [(byte)(certificate.Length >> 8), (byte)certificate.Length, .. certificate];
        using var client = new ClientHandshake(new ClientHandshakeOptions
        {
            Role = ConnectionRole.Issuer,
            Policy = new CertificatePolicy(anchors, "relay.example"),
            Entropy = entropy,
            Cached = name == "issuer_cached" ? new ServerChain(chain, CipherSuite.P256) : null,
        });
        var output = new ArrayBufferWriter<byte>();
        client.Start(VectorGenerator.Now, output);
        foreach (string message in new[] { "retry", "cert", "skey", "server_sig", "server_fin", "observed" }.Where(handshake.ContainsKey))
        {
            byte[] frame = Bytes("handshakes", name, message);
            client.Process(frame[0], frame.AsSpan(4), VectorGenerator.Now, output).ShouldNotBe(HandshakeStatus.Failed, $"{message}: {client.Reason}");
        }
        Convert.ToHexStringLower(output.WrittenSpan).ShouldBe(string.Concat(
            new[] { "first_hello", "hello", "ckey", "client_fin" }.Where(handshake.ContainsKey).Select(message => Hex("handshakes", name, message))));
        client.Observed.ShouldBe(VectorGenerator.Issuer);

        using var channel = client.TakeChannel();
        if (sessionBinding is not null)
        {
            byte[] binding = new byte[32];
            SessionBinding.Compute(channel, DeviceId.Read(Bytes("identifiers", "device_id")), VectorGenerator.Issuer, binding);
            Convert.ToHexStringLower(binding).ShouldBe(Hex("e2e", sessionBinding));
        }
        if (name != "issuer") return;
        output.ResetWrittenCount();
        channel.Seal(InnerType.DescriptorGet, Bytes("identifiers", "device_id"), output, 0);
        Convert.ToHexStringLower(output.WrittenSpan).ShouldBe(Hex("handshakes", "issuer", "descriptor_get"));
    }

    [Fact]
    public void A_padded_record_opens_and_one_without_a_type_is_refused()
    {
        using var receiver = new RecordProtection(CipherSuite.P256, Bytes("padding", "secret"));
        byte[] padded = Bytes("padding", "data");
        receiver.TryOpen(padded.AsSpan(0, 4), padded.AsSpan(4), out byte type, out var content).ShouldBe(RejectReason.None);
        type.ShouldBe(InnerType.Data);
        Convert.ToHexStringLower(content).ShouldBe(Hex("padding", "content"));
        byte[] untyped = Bytes("padding", "malformed_without_type");
        receiver.TryOpen(untyped.AsSpan(0, 4), untyped.AsSpan(4), out _, out _).ShouldBe(RejectReason.BadValue);
    }

    private static string Hex(params string[] path) => path.Aggregate((JsonNode)Vectors, static (node, name) => node[name]!).GetValue<string>();

    private static byte[] Bytes(params string[] path) => Convert.FromHexString(Hex(path));
}
