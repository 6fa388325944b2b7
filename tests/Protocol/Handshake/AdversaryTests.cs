using System.Buffers;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Tests.Handshake;

/// <summary>Whoever sits in the middle of two real machines.</summary>
public sealed class AdversaryTests
{
    public static TheoryData<byte> PlaintextFrames() => [FrameType.Hello, FrameType.Certificate, FrameType.ClientKey, FrameType.ServerKey];

    /// <summary>A chain of one certificate: fewer bytes to flip.</summary>
    private static ServerCredentialStore ShortChain { get; } = MakeShortChain();

    private static ServerCredentialStore MakeShortChain()
    {
        var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var request = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=s", key, System.Security.Cryptography.HashAlgorithmName.SHA256);
        return new ServerCredentialStore(new ServerCredential(key, TestPki.Shared.Leaf(request)));
    }

    private static Connection Flip(byte type, int at, int bit, ServerChain? cached = null)
    {
        var policy = TestPki.Shared.Policy();
        var connection = new Connection(ConnectionRole.Wake, ShortChain, cached, serverSuites: 1, policy: policy);
        return connection.Run(frame =>
        {
            if (frame.Type != type) return [frame];
            byte[] payload = [.. frame.Payload];
            payload[at] ^= (byte)(1 << bit);
            return [frame with { Payload = payload }];
        });
    }

    [Theory, MemberData(nameof(PlaintextFrames))]
    public void A_changed_byte_in_a_plaintext_frame_ends_the_handshake(byte type)
    {
        using var clean = new Connection(ConnectionRole.Wake, ShortChain, serverSuites: 1).Run();
        clean.Completed.ShouldBeTrue();
        // Every byte that negotiates; of the certificate's inside, which CertificatePolicyTests change byte by byte, every 16th.
        int length = clean.Frame(type).Length;
        for (int at = 0; at < length; at += type == FrameType.Certificate && at >= ServerCertificate.HeaderSize ? 16 : 1)
        {
            using var attacked = Flip(type, at, at % 8);
            attacked.ClientStatus.ShouldNotBe(HandshakeStatus.Completed, $"byte {at}");
            attacked.ServerStatus.ShouldNotBe(HandshakeStatus.Completed, $"byte {at}");
        }
    }

    [Fact]
    public void Every_bit_of_the_negotiation_ends_the_handshake_in_one_round_trip_too()
    {
        using var first = new Connection(ConnectionRole.Wake, ShortChain, serverSuites: 1).Run();
        foreach (var (type, from, to) in new[] { (FrameType.Hello, 4, 10), (FrameType.Certificate, 0, 8) })
        {
            for (int bit = from * 8; bit < to * 8; bit++)
            {
                using var attacked = Flip(type, bit / 8, bit % 8, first.Client.ServerChain);
                attacked.ClientStatus.ShouldNotBe(HandshakeStatus.Completed, $"{type:X} bit {bit}");
                attacked.ServerStatus.ShouldNotBe(HandshakeStatus.Completed, $"{type:X} bit {bit}");
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void A_record_that_is_changed_dropped_doubled_or_moved_ends_the_handshake(int index)
    {
        // SIG, FIN and OBSERVED of the server; CLIENT_ID, SIG and FIN of the client.
        bool ofClient = index >= 3;
        int wanted = index % 3;
        Attack(frame => [frame with { Payload = [.. frame.Payload[..^1], (byte)(frame.Payload[^1] ^ 1)] }]);
        Attack(frame => [frame with { Payload = frame.Payload[..^1] }]);
        Attack(frame => [frame with { Payload = [.. frame.Payload, 0] }]);
        Attack(_ => []);
        // What is doubled after its own side's last record belongs to the established channel, which refuses it.
        if (wanted != 2) Attack(frame => [frame, frame]);
        Passed? held = null;
        if (wanted != 2) Attack(frame => (held = frame) is null ? [frame] : [], frame => held is { } late ? Release(frame, late) : [frame]);

        IEnumerable<Passed> Release(Passed frame, Passed late)
        {
            held = null;
            return [frame, late];
        }

        void Attack(Func<Passed, IEnumerable<Passed>> onWanted, Func<Passed, IEnumerable<Passed>>? onNext = null)
        {
            int seen = 0;
            using var connection = new Connection(ConnectionRole.Wake, serverSuites: 1);
            connection.Run(frame =>
            {
                if (frame.Type != FrameType.Record || frame.FromClient != ofClient) return [frame];
                int now = seen++;
                return now == wanted ? onWanted(frame) : now == wanted + 1 && onNext is not null ? onNext(frame) : [frame];
            });
            connection.Completed.ShouldBeFalse();
            (ofClient ? connection.ServerStatus : connection.ClientStatus).ShouldNotBe(HandshakeStatus.Completed);
        }
    }

    [Fact]
    public void A_frame_where_another_has_to_come_ends_the_handshake()
    {
        byte[] types = [FrameType.Hello, FrameType.Certificate, FrameType.ClientKey, FrameType.ServerKey, FrameType.Retry, FrameType.Record];
        using var clean = new Connection(serverSuites: 1).Run();
        for (int position = 0; position < clean.Log.Count; position++)
        {
            foreach (byte type in types.Where(t => t != clean.Log[position].Type))
            {
                int seen = 0;
                using var connection = new Connection(serverSuites: 1);
                connection.Run(frame => [seen++ == position ? frame with { Type = type } : frame]);
                connection.Completed.ShouldBeFalse($"{type:X2} at {position}");
            }
        }
    }

    [Fact]
    public void A_doubled_plaintext_frame_ends_the_handshake()
    {
        foreach (byte type in new[] { FrameType.Hello, FrameType.Certificate, FrameType.ClientKey, FrameType.ServerKey })
        {
            using var connection = new Connection(serverSuites: 1);
            connection.Run(frame => frame.Type == type ? [frame, frame] : [frame]);
            connection.Completed.ShouldBeFalse($"{type:X2}");
        }
    }

    [Fact]
    public void Hiding_the_better_suite_from_the_server_is_seen_at_once_by_the_client()
    {
        using var connection = new Connection();
        connection.Run(frame =>
        {
            if (frame.Type != FrameType.Hello) return [frame];
            byte[] payload = [.. frame.Payload];
            payload[9] = 1;
            return [frame with { Payload = payload }];
        });
        connection.Client.Reason.ShouldBe(RejectReason.Downgrade);
        connection.Types().ShouldBe(">HELLO <CERT");
    }

    [Fact]
    public void Hiding_it_on_both_sides_is_seen_by_the_signature()
    {
        using var connection = new Connection();
        connection.Run(frame =>
        {
            byte[] payload = [.. frame.Payload];
            if (frame.Type == FrameType.Hello) payload[9] = 1;
            if (frame.Type == FrameType.Certificate) payload[7] = 1;
            return [frame with { Payload = payload }];
        });
        connection.Client.Reason.ShouldBe(RejectReason.BadTag, "the keys themselves are bound to the transcript");
    }

    [Fact]
    public void A_replayed_HELLO_meets_a_fresh_server_and_leads_nowhere()
    {
        using var genuine = new Connection(serverSuites: 1).Run();
        byte[] hello = genuine.Frame(FrameType.Hello), clientKey = genuine.Frame(FrameType.ClientKey);
        using var victim = new Connection(serverSuites: 1);
        var output = new ArrayBufferWriter<byte>();
        victim.Server.Process(FrameType.Hello, hello, victim.Now, output).ShouldBe(HandshakeStatus.Continue);
        victim.Server.Process(FrameType.ClientKey, clientKey, victim.Now, output).ShouldBe(HandshakeStatus.Continue);
        var answer = Connection.Parse(fromClient: false, output.WrittenMemory);
        answer[0].Payload.ShouldNotBe(genuine.Frame(FrameType.Certificate), "server_random is fresh");
        answer[1].Payload.ShouldNotBe(genuine.Frame(FrameType.ServerKey), "the server's point is fresh");
        victim.Server.CommonKey.ToArray().ShouldNotBe(genuine.Server.CommonKey.ToArray());
        var finished = genuine.Log.Last(f => f.FromClient);
        victim.Server.Process(finished.Type, finished.Payload, victim.Now, output).ShouldBe(HandshakeStatus.Failed);
        victim.Server.Reason.ShouldBe(RejectReason.BadTag);
    }

    [Fact]
    public void A_server_without_the_leafs_key_is_refused()
    {
        // The impostor shows the genuine chain and signs with a key of his own.
        using var genuine = new Connection(serverSuites: 1).Run();
        var impostor = new ServerCredentialStore(TestPki.Shared.Issue());
        byte[] chain = genuine.Client.ServerChain!.Chain.ToArray();
        using var connection = new Connection(credentials: impostor, serverSuites: 1, cached: genuine.Client.ServerChain);
        connection.Run(frame =>
        {
            if (frame.Type != FrameType.Certificate) return [frame];
            ServerCertificate.TryParse(frame.Payload, out var old);
            var forged = new ServerCertificate { Version = 1, VersionMax = 1, Suite = 1, Suites = 1, ServerRandom = old.ServerRandom, Chain = chain };
            byte[] payload = new byte[forged.Size];
            forged.Write(payload);
            return [frame with { Payload = payload }];
        });
        connection.ClientStatus.ShouldBe(HandshakeStatus.Failed);
        connection.ServerStatus.ShouldNotBe(HandshakeStatus.Completed);
    }

    [Theory]
    [InlineData(FrameType.ClientKey)]
    [InlineData(FrameType.ServerKey)]
    public void A_malformed_point_ends_the_handshake(byte type)
    {
        foreach (byte[] bad in new byte[][] { [], [0], [4], [2, .. new byte[32]], [4, .. new byte[64]], [4, .. new byte[96]], [4, .. Enumerable.Repeat((byte)0xFF, 64)] })
        {
            using var connection = new Connection(serverSuites: 1);
            connection.Run(frame => [frame.Type == type ? frame with { Payload = bad } : frame]);
            (type == FrameType.ClientKey ? connection.Server.Reason : connection.Client.Reason).ShouldBe(RejectReason.BadPoint);
        }
    }

    [Fact]
    public void A_compressed_or_hybrid_form_of_the_very_point_ends_the_handshake()
    {
        foreach (byte form in new byte[] { 2, 3, 6, 7 })
        {
            foreach (bool whole in new[] { true, false })
            {
                using var connection = new Connection(serverSuites: 1);
                connection.Run(frame => [frame.Type == FrameType.ClientKey ? frame with { Payload = [form, .. frame.Payload[1..(whole ? 65 : 33)]] } : frame]);
                connection.Server.Reason.ShouldBe(RejectReason.BadPoint);
            }
        }
    }

    [Fact]
    public void A_frame_longer_than_now_allowed_ends_the_handshake()
    {
        using var connection = new Connection();
        var output = new ArrayBufferWriter<byte>();
        connection.Server.Process(FrameType.Hello, new byte[4_097], connection.Now, output).ShouldBe(HandshakeStatus.Failed);
        connection.Server.Reason.ShouldBe(RejectReason.TooLong);
        connection.Client.Start(connection.Now, output);
        connection.Client.Process(FrameType.Certificate, new byte[8_449], connection.Now, output).ShouldBe(HandshakeStatus.Failed);
        connection.Client.Reason.ShouldBe(RejectReason.TooLong);
    }

    [Fact]
    public void Nothing_is_taken_after_a_failure_and_the_first_reason_stays()
    {
        using var connection = new Connection();
        var output = new ArrayBufferWriter<byte>();
        connection.Server.Process(FrameType.Record, [], connection.Now, output).ShouldBe(HandshakeStatus.Failed);
        using var genuine = new Connection().Run();
        connection.Server.Process(FrameType.Hello, genuine.Frame(FrameType.Hello), connection.Now, output).ShouldBe(HandshakeStatus.Failed);
        connection.Server.Reason.ShouldBe(RejectReason.OutOfOrder);
        output.WrittenCount.ShouldBe(0);
    }

    [Fact]
    public void A_version_range_without_ours_is_answered_by_an_ALERT()
    {
        foreach (var (low, high) in new (byte, byte)[] { (2, 3), (0, 0) })
        {
            using var connection = new Connection();
            connection.Run(frame =>
            {
                if (frame.Type != FrameType.Hello) return [frame];
                byte[] payload = [.. frame.Payload];
                (payload[6], payload[7]) = (low, high);
                return [frame with { Payload = payload }];
            });
            connection.Client.RefusedBecause.ShouldBe(AlertReason.NoCommonVersion);
        }
    }

    [Fact]
    public void A_second_RETRY_is_malformed()
    {
        using var connection = new Connection(demandCookie: true);
        connection.Run(frame => frame.Type == FrameType.Retry ? [frame, frame] : [frame]);
        connection.Client.Reason.ShouldBe(RejectReason.OutOfOrder);
    }

    [Theory]
    [InlineData(120, true)]
    [InlineData(121, false)]
    public void A_cookie_is_good_for_two_minutes(int seconds, bool good)
    {
        using var connection = new Connection(demandCookie: true);
        connection.Run(frame =>
        {
            if (frame.Type == FrameType.Retry) connection.Now = connection.Now.AddSeconds(seconds);
            return [frame];
        });
        connection.Completed.ShouldBe(good);
        if (!good) connection.Server.Reason.ShouldBe(RejectReason.Expired);
    }

    [Fact]
    public void A_cookie_of_another_HELLO_or_another_node_ends_the_connection()
    {
        using var other = new Connection(demandCookie: true).Run();
        byte[] foreign = other.Frame(FrameType.Retry);
        using var connection = new Connection(demandCookie: true);
        connection.Run(frame => [frame.Type == FrameType.Retry ? frame with { Payload = foreign } : frame]);
        connection.ServerStatus.ShouldBe(HandshakeStatus.Failed);
        connection.Server.Reason.ShouldBe(RejectReason.BadToken);
    }

    [Fact]
    public void A_first_HELLO_with_a_wrong_cookie_is_answered_by_a_RETRY_even_without_load()
    {
        using var genuine = new Connection(demandCookie: true).Run();
        byte[] hello = genuine.Frame(FrameType.Hello, 1);
        using var server = new Connection();
        var output = new ArrayBufferWriter<byte>();
        server.Server.Process(FrameType.Hello, hello, server.Now.AddHours(1), output).ShouldBe(HandshakeStatus.Continue);
        Connection.Parse(false, output.WrittenMemory).Single().Type.ShouldBe(FrameType.Retry);
        server.Server.Process(FrameType.Hello, hello, server.Now.AddHours(1), output).ShouldBe(HandshakeStatus.Failed);
    }

    [Fact]
    public void A_HELLO_that_comes_back_without_the_cookie_ends_the_connection()
    {
        using var genuine = new Connection().Run();
        byte[] hello = genuine.Frame(FrameType.Hello);
        using var server = new Connection(demandCookie: true);
        var output = new ArrayBufferWriter<byte>();
        server.Server.Process(FrameType.Hello, hello, server.Now, output).ShouldBe(HandshakeStatus.Continue);
        server.Server.Process(FrameType.Hello, hello, server.Now, output).ShouldBe(HandshakeStatus.Failed);
        server.Server.Reason.ShouldBe(RejectReason.BadToken);
    }

    [Fact]
    public void A_RETRY_is_not_longer_than_the_HELLO_it_answers()
    {
        using var connection = new Connection(demandCookie: true).Run();
        connection.Frame(FrameType.Retry).Length.ShouldBeLessThan(connection.Frame(FrameType.Hello).Length);
    }

    [Fact]
    public void A_credential_in_use_outlives_its_replacement_and_then_is_gone()
    {
        using var store = new ServerCredentialStore(TestPki.Shared.Issue());
        var old = store.Current;
        using var connection = new Connection(credentials: store, serverSuites: 1);
        connection.Run(frame =>
        {
            if (frame.Type == FrameType.Certificate) store.Replace(TestPki.Shared.Issue());
            return [frame];
        });
        connection.Completed.ShouldBeTrue();
        connection.Client.ServerChain!.Chain.ToArray().ShouldBe(old.Chain.ToArray());
        Should.Throw<ObjectDisposedException>(() => old.Sign(PlatformConnectionCrypto.Instance, new byte[32], new byte[96]));
        using var next = new Connection(credentials: store, serverSuites: 1).Run();
        next.Completed.ShouldBeTrue();
        next.Client.ServerChain!.Chain.ToArray().ShouldBe(store.Current.Chain.ToArray());
    }

    [Fact]
    public void A_credential_whose_key_is_not_the_leafs_is_refused_at_once()
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        Should.Throw<ArgumentException>(() => new ServerCredential(key, TestPki.Shared.Der));
    }
}
