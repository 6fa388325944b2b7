using System.Buffers;
using System.Security.Cryptography;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Tests.Handshake;

/// <summary>The order and the key material of claims 4, 7, 11, 15, 19, 22, 26 and 30, on the wire of two real machines.</summary>
public sealed class ClaimOrderTests
{
    [Fact]
    [Trait("Claim", "7")]
    [Trait("Claim", "11")]
    [Trait("Claim", "15")]
    [Trait("Claim", "22")]
    [Trait("Claim", "26")]
    [Trait("Claim", "30")]
    public void The_client_makes_its_key_information_only_after_the_certificate_came_and_was_validated()
    {
        foreach (var role in new[] { ConnectionRole.Issuer, ConnectionRole.Wake })
        {
            bool certificateArrived = false;
            var entropy = new WatchedEntropy(beforeKey: () => certificateArrived.ShouldBeTrue());
            using var connection = new Connection(role, clientEntropy: entropy);
            connection.Run(frame =>
            {
                entropy.KeysMade.ShouldBe(frame.Type is FrameType.Hello or FrameType.Certificate ? 0 : 1);
                certificateArrived |= frame.Type == FrameType.Certificate;
                return [frame];
            });
            connection.Completed.ShouldBeTrue();
        }
    }

    [Fact]
    [Trait("Claim", "4"), Trait("Claim", "15"), Trait("Claim", "19"), Trait("Claim", "30")]
    public void The_server_makes_its_key_information_only_in_response_to_the_clients()
    {
        foreach (var role in new[] { ConnectionRole.Issuer, ConnectionRole.Wake })
        {
            bool clientKeyArrived = false;
            var entropy = new WatchedEntropy(beforeKey: () => clientKeyArrived.ShouldBeTrue());
            using var connection = new Connection(role, serverEntropy: entropy);
            connection.Run(frame =>
            {
                clientKeyArrived |= frame.Type == FrameType.ClientKey;
                return [frame];
            });
            connection.Completed.ShouldBeTrue();
            entropy.KeysMade.ShouldBe(1);
        }
    }

    [Fact]
    [Trait("Claim", "4")]
    [Trait("Claim", "7")]
    [Trait("Claim", "11")]
    [Trait("Claim", "15")]
    [Trait("Claim", "19")]
    [Trait("Claim", "22")]
    [Trait("Claim", "26")]
    [Trait("Claim", "30")]
    public void Each_common_key_follows_from_that_connections_two_key_informations_and_nothing_of_the_other()
    {
        // Reading A1 of claims 11, 15, 26 and 30: the second common key is made of the third and the fourth information.
        // So an outsider who holds the private halves of those two, and nothing of the first connection, computes it.
        using var first = new Connection().Run();
        var device = new WatchedEntropy();
        var server = new WatchedEntropy();
        using var second = new Connection(ConnectionRole.Wake, cached: first.Client.ServerChain, clientEntropy: device, serverEntropy: server).Run();
        second.Completed.ShouldBeTrue();
        byte[] third = second.Frame(FrameType.ClientKey);
        byte[] fourth = second.Frame(FrameType.ServerKey);
        byte[] expected = CommonKey(CipherSuite.P384, device.PrivateKeys.Single(), fourth);
        CommonKey(CipherSuite.P384, server.PrivateKeys.Single(), third).ShouldBe(expected);
        second.Client.CommonKey.ToArray().ShouldBe(expected);
        second.Server.CommonKey.ToArray().ShouldBe(expected);
        second.Client.CommonKey.ToArray().ShouldNotBe(first.Client.CommonKey.ToArray());
    }

    [Fact]
    [Trait("Claim", "4")]
    [Trait("Claim", "11")]
    [Trait("Claim", "15")]
    [Trait("Claim", "19")]
    [Trait("Claim", "26")]
    [Trait("Claim", "30")]
    public void The_same_third_and_fourth_information_give_the_same_key_whatever_the_first_connection_was()
    {
        var keys = new HashSet<string>(StringComparer.Ordinal);
        using var deviceKey = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        using var serverKey = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        for (int i = 0; i < 2; i++)
        {
            using var first = new Connection(serverSuites: 1).Run();
            keys.Add(Convert.ToHexString(first.Client.CommonKey)).ShouldBeTrue();
            using var second = new Connection(
                ConnectionRole.Wake,
                serverSuites: 1,
                clientEntropy: new Support.SeededEntropy($"device {i}").WithEphemeral(deviceKey.ExportParameters(true)),
                serverEntropy: new Support.SeededEntropy($"server {i}").WithEphemeral(serverKey.ExportParameters(true))).Run();
            keys.Add(Convert.ToHexString(second.Client.CommonKey)).ShouldBe(i == 0);
        }
    }

    [Fact]
    [Trait("Claim", "4"), Trait("Claim", "15"), Trait("Claim", "19"), Trait("Claim", "30")]
    public void A_request_before_the_clients_Finished_is_not_taken()
    {
        // The issuer's machine has sent FIN; whoever drops it and lets only a request through gets nowhere.
        using var connection = new Connection();
        int records = 0;
        connection.Run(frame => frame is { FromClient: true, Type: FrameType.Record } && ++records == 1 ? [] : [frame]);
        connection.ClientStatus.ShouldBe(HandshakeStatus.Completed);
        connection.ServerStatus.ShouldBe(HandshakeStatus.Continue);
        using var client = connection.Client.TakeChannel();
        var output = new ArrayBufferWriter<byte>();
        client.Seal(InnerType.Connect1, new byte[100], output, 0);
        var request = Connection.Parse(fromClient: true, output.WrittenMemory).Single();
        connection.Server.Process(request.Type, request.Payload, connection.Now, output).ShouldBe(HandshakeStatus.Failed);
        Should.Throw<InvalidOperationException>(() => connection.Server.TakeChannel());
    }

    [Fact]
    [Trait("Claim", "7")]
    [Trait("Claim", "11")]
    [Trait("Claim", "15")]
    [Trait("Claim", "22")]
    [Trait("Claim", "26")]
    [Trait("Claim", "30")]
    public void The_client_says_nothing_after_its_key_before_the_servers_Finished_is_verified()
    {
        using var connection = new Connection(ConnectionRole.Wake);
        int records = 0;
        connection.Run(frame => frame is { FromClient: false, Type: FrameType.Record } && ++records == 2 ? [] : [frame]);
        connection.Log.Count(f => f.FromClient).ShouldBe(2);
        connection.ClientStatus.ShouldBe(HandshakeStatus.Failed);
        Should.Throw<InvalidOperationException>(() => connection.Client.TakeChannel());
    }

    [Fact]
    [Trait("Claim", "4")]
    [Trait("Claim", "7")]
    [Trait("Claim", "11")]
    [Trait("Claim", "15")]
    [Trait("Claim", "19")]
    [Trait("Claim", "22")]
    [Trait("Claim", "26")]
    [Trait("Claim", "30")]
    public void A_request_travels_under_the_common_key_and_no_other_connection_opens_it()
    {
        using var one = new Connection().Run();
        using var other = new Connection(ConnectionRole.Wake).Run();
        using var issuer = one.Client.TakeChannel();
        using var server = one.Server.TakeChannel();
        using var foreign = other.Server.TakeChannel();
        var output = new ArrayBufferWriter<byte>();
        byte[] request = "the first connection request signal"u8.ToArray();
        issuer.Seal(InnerType.Connect1, request, output, 0);
        output.WrittenSpan.IndexOf(request.AsSpan(0, 8)).ShouldBe(-1);
        var frame = Connection.Parse(fromClient: true, output.WrittenMemory).Single();
        var header = new FrameHeader(frame.Type, (ushort)frame.Payload.Length);
        foreign.TryOpen(header, [.. frame.Payload], out _, out _).ShouldBe(RejectReason.BadTag);
        server.TryOpen(header, frame.Payload, out byte type, out var opened).ShouldBe(RejectReason.None);
        type.ShouldBe(InnerType.Connect1);
        opened.ToArray().ShouldBe(request);
    }

    private static byte[] CommonKey(CipherSuite suite, byte[] privateKey, byte[] peerPoint)
    {
        using var own = ECDiffieHellman.Create(new ECParameters { Curve = suite.Curve, D = privateKey });
        EcPoint.TryImportAgreement(suite, peerPoint, out var peer).ShouldBeTrue();
        using (peer)
        {
            using var schedule = new KeySchedule(suite, EcPoint.Agree(own, peer!));
            return schedule.CommonKey.ToArray();
        }
    }
}
