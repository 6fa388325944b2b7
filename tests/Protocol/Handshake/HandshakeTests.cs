using System.Buffers;
using System.Security.Cryptography;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Records;
using FastRelay.Protocol.Tracing;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Tests.Handshake;

public sealed class HandshakeTests
{
    public static TheoryData<ConnectionRole, ushort> RolesAndSuites()
    {
        var data = new TheoryData<ConnectionRole, ushort>();
        foreach (var role in new[] { ConnectionRole.Issuer, ConnectionRole.Register, ConnectionRole.Wake })
        {
            foreach (ushort suite in new ushort[] { 1, 2 }) data.Add(role, suite);
        }
        return data;
    }

    [Theory, MemberData(nameof(RolesAndSuites))]
    [Trait("Claim", "4")]
    [Trait("Claim", "7")]
    [Trait("Claim", "11")]
    [Trait("Claim", "15")]
    [Trait("Claim", "19")]
    [Trait("Claim", "22")]
    [Trait("Claim", "26")]
    [Trait("Claim", "30")]
    public void A_full_handshake_gives_both_sides_one_common_key_and_a_channel(ConnectionRole role, ushort suite)
    {
        ushort bits = CipherSuite.FromNumber(suite)!.Bit;
        using var connection = new Connection(role, serverSuites: bits).Run();
        connection.Completed.ShouldBeTrue();
        string own = role == ConnectionRole.Issuer ? ">RECORD" : ">RECORD >RECORD >RECORD";
        connection.Types().ShouldBe($">HELLO <CERT >CKEY <SKEY <RECORD <RECORD <RECORD {own}");
        connection.Client.CommonKey.ToArray().ShouldBe(connection.Server.CommonKey.ToArray());
        connection.Client.CommonKey.Length.ShouldBe(suite == 1 ? 32 : 48);
        connection.Client.ServerChain!.Suite.Number.ShouldBe(suite);
        CanTalk(connection);
    }

    [Theory, MemberData(nameof(RolesAndSuites))]
    public void A_client_that_holds_the_chain_needs_one_round_trip(ConnectionRole role, ushort suite)
    {
        ushort bits = CipherSuite.FromNumber(suite)!.Bit;
        using var first = new Connection(role, serverSuites: bits).Run();
        using var second = new Connection(role, serverSuites: bits, cached: first.Client.ServerChain).Run();
        second.Completed.ShouldBeTrue();
        second.Types().ShouldStartWith(">HELLO >CKEY <CERT <SKEY <RECORD <RECORD <RECORD");
        second.Frame(FrameType.Certificate).Length.ShouldBe(ServerCertificate.HeaderSize);
        second.Client.ServerChain!.Chain.ToArray().ShouldBe(first.Client.ServerChain!.Chain.ToArray());
        CanTalk(second);
    }

    [Theory, MemberData(nameof(RolesAndSuites))]
    public void Under_load_a_client_comes_back_with_the_cookie(ConnectionRole role, ushort suite)
    {
        using var connection = new Connection(role, serverSuites: CipherSuite.FromNumber(suite)!.Bit, demandCookie: true).Run();
        connection.Completed.ShouldBeTrue();
        connection.Types().ShouldStartWith(">HELLO <RETRY >HELLO <CERT >CKEY <SKEY");
        CanTalk(connection);
    }

    [Fact]
    public void Under_load_a_client_that_holds_the_chain_sends_its_key_again()
    {
        using var first = new Connection().Run();
        using var second = new Connection(cached: first.Client.ServerChain, demandCookie: true).Run();
        second.Completed.ShouldBeTrue();
        second.Types().ShouldStartWith(">HELLO >CKEY <RETRY >HELLO >CKEY <CERT <SKEY");
        second.Frame(FrameType.ClientKey, 0).ShouldNotBe(second.Frame(FrameType.ClientKey, 1));
        CanTalk(second);
    }

    [Fact]
    public void A_replaced_certificate_makes_a_caching_client_start_over_in_the_same_connection()
    {
        using var first = new Connection().Run();
        using var replaced = new ServerCredentialStore(TestPki.Shared.Issue());
        using var second = new Connection(credentials: replaced, cached: first.Client.ServerChain).Run();
        second.Completed.ShouldBeTrue();
        second.Types().ShouldStartWith(">HELLO >CKEY <CERT >CKEY <SKEY");
        second.Frame(FrameType.ClientKey, 0).ShouldNotBe(second.Frame(FrameType.ClientKey, 1));
        second.Client.ServerChain!.Chain.ToArray().ShouldBe(replaced.Current.Chain.ToArray());
    }

    [Fact]
    public void A_server_that_now_prefers_another_suite_makes_a_caching_client_start_over()
    {
        using var first = new Connection(serverSuites: CipherSuite.P256.Bit).Run();
        using var second = new Connection(cached: first.Client.ServerChain).Run();
        second.Completed.ShouldBeTrue();
        second.Types().ShouldStartWith(">HELLO >CKEY <CERT >CKEY <SKEY");
        second.Client.ServerChain!.Suite.ShouldBe(CipherSuite.P384);
    }

    [Fact]
    public void A_cached_chain_that_is_not_valid_any_more_is_not_used()
    {
        using var first = new Connection().Run();
        using var second = new Connection(cached: first.Client.ServerChain, now: TestPki.Now.AddDays(31)).Run();
        second.Types().ShouldBe(">HELLO <CERT");
        second.Client.Reason.ShouldBe(RejectReason.UntrustedCertificate);
    }

    [Fact]
    public void A_cached_chain_is_judged_by_this_connections_policy()
    {
        using var first = new Connection().Run();
        using var second = new Connection(cached: first.Client.ServerChain, policy: TestPki.Shared.Policy("other.example")).Run();
        second.Types().ShouldBe(">HELLO <CERT");
        second.Client.TrustFailure!.Rule.ShouldBe(TrustRule.Name);
    }

    [Fact]
    public void A_leaf_on_P384_signs_with_96_bytes()
    {
        using var credentials = new ServerCredentialStore(TestPki.Shared.Issue(ECCurve.NamedCurves.nistP384));
        using var connection = new Connection(credentials: credentials, serverSuites: CipherSuite.P256.Bit).Run();
        connection.Completed.ShouldBeTrue();
        connection.Frame(FrameType.Record).Length.ShouldBe(96 + 1 + 16);
    }

    [Fact]
    public void The_server_knows_who_signed_and_which_wake_it_answers()
    {
        using var connection = new Connection(ConnectionRole.Wake).Run();
        byte[] point = new byte[EcPoint.P256Size];
        EcPoint.Write(Connection.SharedIdentity, point);
        connection.Server.Role.ShouldBe(ConnectionRole.Wake);
        connection.Server.WakeId.ShouldBe(0x0102030405060708UL);
        connection.Server.ClientPublicKey.ToArray().ShouldBe(point);
        connection.Server.ClientId.ShouldBe(DeviceId.FromPublicKey(point));
    }

    [Fact]
    public void An_issuer_is_not_identified()
    {
        using var connection = new Connection().Run();
        connection.Server.ClientId.ShouldBeNull();
        connection.Server.ClientPublicKey.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void The_client_learns_the_address_at_which_the_server_sees_it()
    {
        using var connection = new Connection().Run();
        connection.Client.Observed.ShouldBe(Connection.ClientAddress);
    }

    [Fact]
    public void Payloads_may_be_longer_only_once_the_other_sides_Finished_is_verified()
    {
        using var connection = new Connection();
        connection.Server.MaxPayload.ShouldBe(4_096);
        connection.Client.MaxPayload.ShouldBe(8_448);
        connection.Run();
        connection.Server.MaxPayload.ShouldBe(16_401);
        connection.Client.MaxPayload.ShouldBe(16_401);
    }

    [Theory]
    [InlineData(CipherSuite.AllBits, CipherSuite.AllBits, 2)]
    [InlineData(CipherSuite.AllBits, 1, 1)]
    [InlineData(1, CipherSuite.AllBits, 1)]
    [InlineData(2, CipherSuite.AllBits, 2)]
    public void The_highest_suite_that_both_have_is_used(ushort client, ushort server, ushort expected)
    {
        using var connection = new Connection(clientSuites: client, serverSuites: server).Run();
        connection.Completed.ShouldBeTrue();
        connection.Client.ServerChain!.Suite.Number.ShouldBe(expected);
    }

    [Fact]
    public void Without_a_common_suite_the_server_says_so()
    {
        using var connection = new Connection(clientSuites: 1, serverSuites: 2).Run();
        connection.Types().ShouldBe(">HELLO <ALERT");
        connection.Server.Reason.ShouldBe(RejectReason.NothingInCommon);
        connection.Client.Reason.ShouldBe(RejectReason.Refused);
        connection.Client.RefusedBecause.ShouldBe(AlertReason.NoCommonSuite);
    }

    [Theory]
    [InlineData(20, 20)]
    [InlineData(65_535, 300)]
    public void A_refusal_asks_for_patience_but_never_for_more_than_five_minutes(ushort sent, int honoured)
    {
        using var connection = new Connection();
        connection.Client.Start(connection.Now, new ArrayBufferWriter<byte>());
        var output = new ArrayBufferWriter<byte>();
        ServerHandshake.WriteAlert(AlertReason.Overloaded, sent, output);
        var alert = Connection.Parse(fromClient: false, output.WrittenMemory).ShouldHaveSingleItem();
        connection.Client.Process(alert.Type, alert.Payload, connection.Now, output).ShouldBe(HandshakeStatus.Failed);
        connection.Client.RefusedBecause.ShouldBe(AlertReason.Overloaded);
        connection.Client.RetryAfter.ShouldBe(TimeSpan.FromSeconds(honoured));
    }

    [Fact]
    public void The_channel_is_taken_once_and_not_before_completion()
    {
        using var connection = new Connection();
        Should.Throw<InvalidOperationException>(() => connection.Client.TakeChannel());
        Should.Throw<InvalidOperationException>(() => connection.Server.TakeChannel());
        connection.Run();
        connection.Client.TakeChannel().Dispose();
        Should.Throw<InvalidOperationException>(() => connection.Client.TakeChannel());
    }

    [Fact]
    public void Both_sides_export_the_same_secrets_and_each_label_and_context_another()
    {
        using var connection = new Connection().Run();
        using var client = connection.Client.TakeChannel();
        using var server = connection.Server.TakeChannel();
        Export(client, "udp", [1]).ShouldBe(Export(server, "udp", [1]));
        Export(client, "udp", [1]).ShouldNotBe(Export(client, "udp", [2]));
        Export(client, "udp", [1]).ShouldNotBe(Export(client, "req bind", [1]));

        static byte[] Export(SecureChannel channel, string label, byte[] context)
        {
            byte[] secret = new byte[32];
            channel.Export(label, context, secret);
            return secret;
        }
    }

    [Fact]
    public void Handshake_messages_are_out_of_order_in_an_established_channel()
    {
        using var connection = new Connection().Run();
        using var client = connection.Client.TakeChannel();
        using var server = connection.Server.TakeChannel();
        var output = new ArrayBufferWriter<byte>();
        client.Seal(InnerType.Finished, new byte[32], output, 0);
        byte[] frame = output.WrittenSpan.ToArray();
        server.TryOpen(frame.AsSpan(0, 4), frame.AsSpan(4), out _, out _).ShouldBe(RejectReason.OutOfOrder);
    }

    [Fact]
    public void The_channel_changes_its_keys_within_the_budget_and_goes_on()
    {
        using var connection = new Connection(maxRecords: 8).Run();
        using var client = connection.Client.TakeChannel();
        using var server = connection.Server.TakeChannel();
        int updates = 0;
        for (int i = 0; i < 50; i++)
        {
            updates += Pass(client, server, [(byte)i]);
            updates += Pass(server, client, [(byte)i]);
        }
        updates.ShouldBeGreaterThan(12);
    }

    [Fact]
    public void Each_message_is_observed_once_on_either_side()
    {
        var client = new Recorder();
        var server = new Recorder();
        using var connection = new Connection(ConnectionRole.Wake, clientObserver: client, serverObserver: server).Run();
        Signal[] expected =
        [
            Signal.Hello, Signal.Certificate, Signal.ClientKey, Signal.ServerKey, Signal.ServerFinished, Signal.ClientFinished, Signal.Observed,
        ];
        client.Events.Select(e => e.Signal).ShouldBe(expected);
        server.Events.Select(e => e.Signal).Order().ShouldBe(expected.Order());
        foreach (var seen in client.Events) server.Events.ShouldContain(e => e.Signal == seen.Signal && e.Sent != seen.Sent && e.Role == ConnectionRole.Wake);
    }

    internal static void CanTalk(Connection connection)
    {
        using var client = connection.Client.TakeChannel();
        using var server = connection.Server.TakeChannel();
        Pass(client, server, [1, 2, 3]).ShouldBe(0);
        Pass(server, client, [4, 5]).ShouldBe(0);
        Pass(server, client, new byte[RecordProtection.MaxContent]).ShouldBe(0);
    }

    private static int Pass(SecureChannel sender, SecureChannel receiver, byte[] content)
    {
        var output = new ArrayBufferWriter<byte>();
        sender.Seal(InnerType.Result, content, output, 0);
        var frames = Connection.Parse(fromClient: true, output.WrittenMemory);
        foreach (var frame in frames)
        {
            receiver.TryOpen(new FrameHeader(frame.Type, (ushort)frame.Payload.Length), frame.Payload, out byte type, out var opened).ShouldBe(RejectReason.None);
            if (type == InnerType.Result) opened.ToArray().ShouldBe(content);
            else type.ShouldBe(InnerType.KeyUpdate);
        }
        return frames.Count - 1;
    }

    private sealed class Recorder : ISignalObserver
    {
        public List<SignalEvent> Events { get; } = [];

        public void OnSignal(in SignalEvent signal) => Events.Add(signal);
    }
}
