using System.Buffers;
using System.Security.Cryptography;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Tests.Handshake;

/// <summary>A client that computes everything rightly and then misbehaves on purpose, under the right keys (SPEC 4.7, 4.8).</summary>
public sealed class HandmadeClientTests : IDisposable
{
    private readonly Connection _connection = new(serverSuites: 1);
    private readonly HandshakeKeys _keys = new(CipherSuite.P256, PlatformConnectionCrypto.Instance, isClient: true, 1 << 24);

    [Fact]
    public void The_handmade_client_is_accepted_when_it_behaves()
    {
        Begin(ConnectionRole.Register);
        Send(InnerType.ClientIdentity, Identity()).ShouldBe(HandshakeStatus.Continue);
        Send(InnerType.Signature, Signature()).ShouldBe(HandshakeStatus.Continue);
        Send(InnerType.Finished, Finished()).ShouldBe(HandshakeStatus.Completed);
    }

    [Theory]
    [InlineData(ConnectionRole.Register)]
    [InlineData(ConnectionRole.Wake)]
    public void A_device_that_does_not_identify_itself_is_refused(ConnectionRole role)
    {
        Begin(role);
        Send(InnerType.Finished, Finished()).ShouldBe(HandshakeStatus.Failed);
        _connection.Server.Reason.ShouldBe(RejectReason.BadRole);
    }

    [Fact]
    public void An_issuer_that_identifies_itself_is_refused()
    {
        Begin(ConnectionRole.Issuer);
        Send(InnerType.ClientIdentity, Identity()).ShouldBe(HandshakeStatus.Failed);
        _connection.Server.Reason.ShouldBe(RejectReason.BadRole);
    }

    [Fact]
    public void A_Finished_in_place_of_the_signature_is_out_of_order()
    {
        Begin(ConnectionRole.Register);
        Send(InnerType.ClientIdentity, Identity());
        Send(InnerType.Finished, Finished()).ShouldBe(HandshakeStatus.Failed);
        _connection.Server.Reason.ShouldBe(RejectReason.OutOfOrder);
    }

    [Theory]
    [InlineData(InnerType.Register)]
    [InlineData(InnerType.Connect1)]
    [InlineData(InnerType.KeyUpdate)]
    [InlineData(InnerType.Close)]
    public void Any_other_message_before_the_clients_Finished_is_out_of_order(byte innerType)
    {
        Begin(ConnectionRole.Issuer);
        Send(innerType, []).ShouldBe(HandshakeStatus.Failed);
        _connection.Server.Reason.ShouldBe(RejectReason.OutOfOrder);
    }

    [Fact]
    public void A_signature_by_another_key_than_the_one_shown_is_refused()
    {
        Begin(ConnectionRole.Register);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Send(InnerType.ClientIdentity, Identity());
        Send(InnerType.Signature, Signature(other)).ShouldBe(HandshakeStatus.Failed);
        _connection.Server.Reason.ShouldBe(RejectReason.BadSignature);
        _connection.Server.ClientId.ShouldBeNull();
    }

    [Fact]
    public void The_servers_kind_of_signature_does_not_serve_a_client()
    {
        Begin(ConnectionRole.Register);
        Send(InnerType.ClientIdentity, Identity());
        Send(InnerType.Signature, Signature(ofServer: true)).ShouldBe(HandshakeStatus.Failed);
        _connection.Server.Reason.ShouldBe(RejectReason.BadSignature);
    }

    [Fact]
    public void An_identity_off_the_curve_is_refused()
    {
        Begin(ConnectionRole.Register);
        byte[] identity = Identity();
        identity[^1] ^= 1;
        // The point is read when the signature is checked.
        Send(InnerType.ClientIdentity, identity).ShouldBe(HandshakeStatus.Continue);
        Send(InnerType.Signature, Signature(ofServer: false)).ShouldBe(HandshakeStatus.Failed);
        _connection.Server.Reason.ShouldBe(RejectReason.BadPoint);
    }

    [Fact]
    public void A_Finished_with_any_bit_changed_too_short_or_too_long_is_refused()
    {
        for (int kind = 0; kind < 34; kind++)
        {
            using var client = new HandmadeClientTests();
            client.Begin(ConnectionRole.Issuer);
            byte[] finished = client.Finished();
            finished = kind switch
            {
                32 => finished[..31],
                33 => [.. finished, 0],
                _ => [.. finished[..kind], (byte)(finished[kind] ^ (1 << (kind % 8))), .. finished[(kind + 1)..]],
            };
            client.Send(InnerType.Finished, finished).ShouldBe(HandshakeStatus.Failed);
            client._connection.Server.Reason.ShouldBe(RejectReason.BadFinished);
        }
    }

    [Fact]
    public void The_servers_own_Finished_sent_back_is_refused()
    {
        Begin(ConnectionRole.Issuer);
        byte[] reflected = new byte[32];
        _keys.Finished(ofClient: false, reflected);
        Send(InnerType.Finished, reflected).ShouldBe(HandshakeStatus.Failed);
        _connection.Server.Reason.ShouldBe(RejectReason.BadFinished);
    }

    public void Dispose()
    {
        _connection.Dispose();
        _keys.Dispose();
    }

    /// <summary>HELLO to the server's FIN.</summary>
    private void Begin(ConnectionRole role)
    {
        byte[] hello = new byte[Hello.MaxSize];
        hello = hello[..new Hello { Role = role, VersionMin = 1, VersionMax = 1, Suites = 1, ClientRandom = new byte[32], WakeId = 7 }.Write(hello)];
        _keys.Enter(FrameType.Hello, hello);
        var certificate = Server(FrameType.Hello, hello).Single();
        _keys.Enter(FrameType.Certificate, certificate.Payload);
        using var own = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        byte[] point = new byte[EcPoint.P256Size];
        EcPoint.Write(own, point);
        _keys.Enter(FrameType.ClientKey, point);
        var flight = Server(FrameType.ClientKey, point);
        _keys.Enter(FrameType.ServerKey, flight[0].Payload);
        EcPoint.TryImportAgreement(CipherSuite.P256, flight[0].Payload, out var peer).ShouldBeTrue();
        using (peer) _keys.Agree(EcPoint.Agree(own, peer!));
        foreach (var record in flight.Skip(1).Take(2))
        {
            _keys.Open(application: false, record.Payload, out byte type, out var content).ShouldBe(RejectReason.None);
            _keys.Enter(type, content);
        }
    }

    private List<Passed> Server(byte type, byte[] payload)
    {
        var output = new ArrayBufferWriter<byte>();
        _connection.Server.Process(type, payload, _connection.Now, output).ShouldBe(HandshakeStatus.Continue);
        return Connection.Parse(fromClient: false, output.WrittenMemory);
    }

    private HandshakeStatus Send(byte innerType, byte[] content)
    {
        var output = new ArrayBufferWriter<byte>();
        _keys.Send(innerType, content, output);
        var frame = Connection.Parse(fromClient: true, output.WrittenMemory).Single();
        return _connection.Server.Process(frame.Type, frame.Payload, _connection.Now, output);
    }

    private static byte[] Identity()
    {
        byte[] point = new byte[EcPoint.P256Size];
        EcPoint.Write(Connection.SharedIdentity, point);
        byte[] content = new byte[ClientIdentity.Size];
        new ClientIdentity(point).Write(content);
        return content;
    }

    private byte[] Signature(ECDsa? key = null, bool ofServer = false)
    {
        byte[] th = new byte[32];
        _keys.TranscriptHash(th);
        byte[] signature = new byte[HandshakeSignature.MaxSize];
        return signature[..HandshakeSignature.Sign(key ?? Connection.SharedIdentity, ofServer, th, signature)];
    }

    private byte[] Finished()
    {
        byte[] finished = new byte[32];
        _keys.Finished(ofClient: true, finished);
        return finished;
    }
}
