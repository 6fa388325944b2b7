using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Tests.Support;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Tests.Handshake;

/// <summary>The wire forms of SPEC 4: round trip, every prefix, trailing bytes, every bit.</summary>
public sealed class HandshakeMessageTests
{
    private static readonly byte[] Random32 = Enumerable.Range(100, 32).Select(i => (byte)i).ToArray();
    private static readonly byte[] Hash32 = Enumerable.Range(10, 32).Select(i => (byte)i).ToArray();

    private delegate RejectReason Parser(ReadOnlySpan<byte> bytes);

    private static Hello FullHello() => new()
    {
        Role = ConnectionRole.Wake,
        VersionMin = 1,
        VersionMax = 3,
        Suites = 3,
        ClientRandom = Random32,
        CachedCertificateHash = Hash32,
        ServerName = "relay.example"u8,
        WakeId = 0xA1A2A3A4A5A6A7A8,
        Cookie = Hash32.AsSpan(0, 20),
    };

    private static byte[] Bytes(in Hello hello)
    {
        byte[] bytes = new byte[Hello.MaxSize];
        return bytes[..hello.Write(bytes)];
    }

    private static byte[] CertificateBytes(bool cached)
    {
        var message = new ServerCertificate
        {
            Version = 1,
            VersionMax = 2,
            Suite = 2,
            Suites = 3,
            ServerRandom = Random32,
            Chain = cached ? [] : CertificateChain.Join([1, 2, 3], [4]),
        };
        byte[] bytes = new byte[message.Size];
        message.Write(bytes).ShouldBe(bytes.Length);
        return bytes;
    }

    private static byte[] RetryBytes()
    {
        byte[] bytes = new byte[Retry.MaxSize];
        return bytes[..new Retry(Hash32.AsSpan(0, 20)).Write(bytes)];
    }

    private static byte[] IdentityBytes()
    {
        byte[] bytes = new byte[ClientIdentity.Size];
        byte[] point = new byte[EcPoint.P256Size];
        EcPoint.Write(Connection.SharedIdentity, point);
        new ClientIdentity(point).Write(bytes);
        return bytes;
    }

    [Fact]
    public void A_HELLO_comes_back_as_it_went()
    {
        byte[] bytes = Bytes(FullHello());
        bytes.Length.ShouldBe(252);
        Hello.TryParse(bytes, out var hello).ShouldBe(RejectReason.None);
        hello.Role.ShouldBe(ConnectionRole.Wake);
        hello.VersionMin.ShouldBe((byte)1);
        hello.VersionMax.ShouldBe((byte)3);
        hello.Suites.ShouldBe((ushort)3);
        hello.ClientRandom.ToArray().ShouldBe(Random32);
        hello.CachedCertificateHash.ToArray().ShouldBe(Hash32);
        hello.ServerName.ToArray().ShouldBe("relay.example"u8.ToArray());
        hello.WakeId.ShouldBe(0xA1A2A3A4A5A6A7A8);
        hello.Cookie.ToArray().ShouldBe(Hash32[..20]);
        hello.BeforeCookie.ToArray().ShouldBe(bytes[..(74 + 14 + 9 + 2)]);
        Bytes(hello).ShouldBe(bytes);
    }

    [Fact]
    public void The_longest_HELLO_fits_and_is_not_padded()
    {
        byte[] bytes = Bytes(new Hello
        {
            Role = ConnectionRole.Wake,
            VersionMin = 1,
            VersionMax = 1,
            Suites = 1,
            ClientRandom = Random32,
            ServerName = Enumerable.Repeat((byte)'a', 255).ToArray(),
            Ticket = new byte[144],
            Binder = new byte[32],
            Cookie = new byte[64],
        });
        bytes.Length.ShouldBe(Hello.MaxSize);
        Hello.TryParse(bytes, out var hello).ShouldBe(RejectReason.None);
        hello.CachedCertificateHash.IsEmpty.ShouldBeTrue();
        hello.Cookie.Length.ShouldBe(64);
    }

    [Fact]
    public void The_part_before_the_cookie_is_the_same_with_and_without_one()
    {
        byte[] with = Bytes(FullHello());
        byte[] without = Bytes(new Hello
        {
            Role = ConnectionRole.Wake,
            VersionMin = 1,
            VersionMax = 3,
            Suites = 3,
            ClientRandom = Random32,
            CachedCertificateHash = Hash32,
            ServerName = "relay.example"u8,
            WakeId = 0xA1A2A3A4A5A6A7A8,
        });
        Hello.TryParse(with, out var a).ShouldBe(RejectReason.None);
        Hello.TryParse(without, out var b).ShouldBe(RejectReason.None);
        a.BeforeCookie.ToArray().ShouldBe(b.BeforeCookie.ToArray());
    }

    [Theory]
    [InlineData(ConnectionRole.Register, 1)]
    [InlineData(ConnectionRole.Register, 144)]
    [InlineData(ConnectionRole.Wake, 144)]
    public void A_HELLO_with_a_ticket_has_a_binder_and_tells_what_it_is_made_of(ConnectionRole role, int length)
    {
        byte[] ticket = [.. Enumerable.Range(1, length).Select(i => (byte)i)], binder = [.. Enumerable.Range(200, 32).Select(i => (byte)i)];
        var written = new Hello
        {
            Role = role,
            VersionMin = 1,
            VersionMax = 1,
            Suites = 1,
            ClientRandom = Random32,
            ServerName = "relay.example"u8,
            WakeId = 7,
            Ticket = ticket,
            Binder = binder,
            Cookie = new byte[20],
        };
        byte[] bytes = Bytes(written);
        Hello.TryParse(bytes, out var hello).ShouldBe(RejectReason.None);
        hello.Ticket.ToArray().ShouldBe(ticket);
        hello.Binder.ToArray().ShouldBe(binder);
        int at = 74 + 14 + (role == ConnectionRole.Wake ? 9 : 1) + 2 + length;
        written.BinderAt.ShouldBe(at);
        hello.BeforeBinder.ToArray().ShouldBe(bytes[..at]);
        hello.BeforeCookie.ToArray().ShouldBe(bytes[..(at + 32)]);
        hello.Cookie.Length.ShouldBe(20);
        Bytes(hello).ShouldBe(bytes);
    }

    [Fact]
    public void An_issuer_shows_no_ticket()
    {
        byte[] bytes = Bytes(new Hello
        {
            Role = ConnectionRole.Issuer,
            VersionMin = 1,
            VersionMax = 1,
            Suites = 1,
            ClientRandom = Random32,
            Ticket = new byte[144],
            Binder = new byte[32],
        });
        Hello.TryParse(bytes, out _).ShouldBe(RejectReason.BadLength);
    }

    [Fact]
    public void A_HELLO_that_ends_within_its_binder_is_too_short()
    {
        byte[] bytes = Bytes(new Hello
        {
            Role = ConnectionRole.Register,
            VersionMin = 1,
            VersionMax = 1,
            Suites = 1,
            ClientRandom = Random32,
            ServerName = Enumerable.Repeat((byte)'a', 100).ToArray(),
            Ticket = new byte[144],
            Binder = new byte[32],
        });
        Hello.TryParse(bytes.AsSpan(0, 74 + 101 + 1 + 2 + 144 + 31), out _).ShouldBe(RejectReason.TooShort);
    }

    [Fact]
    public void A_HELLO_that_breaks_a_rule_is_rejected_with_its_reason()
    {
        Changed(0, 'f').ShouldBe(RejectReason.BadMagic);
        Changed(4, 0).ShouldBe(RejectReason.BadRole);
        Changed(4, 4).ShouldBe(RejectReason.BadRole);
        Changed(4, 1).ShouldBe(RejectReason.BadLength, "an issuer has no context");
        Changed(6, 4).ShouldBe(RejectReason.BadVersion, "4 to 3 is no range");
        Changed(74 + 1, 0x80).ShouldBe(RejectReason.BadValue);
        Changed(74 + 1, (char)10).ShouldBe(RejectReason.BadValue);
        Changed(88, 7).ShouldBe(RejectReason.BadLength, "a wake_id has 8 bytes");
        Changed(98, 145).ShouldBe(RejectReason.BadLength, "a ticket has at most 144 bytes");
        Changed(100, 65).ShouldBe(RejectReason.BadLength, "a cookie has at most 64 bytes");
        Changed(251, 1).ShouldBe(RejectReason.TrailingBytes);
        Changed(5, 0xFF).ShouldBe(RejectReason.None, "reserved bits are ignored");

        static RejectReason Changed(int at, int value)
        {
            byte[] bytes = Bytes(FullHello());
            bytes[at] = (byte)value;
            return Hello.TryParse(bytes, out _);
        }
    }

    [Fact]
    public void A_HELLO_may_be_padded_further_with_zeros_and_with_nothing_else()
    {
        Hello.TryParse([.. Bytes(FullHello()), 0, 0, 0], out _).ShouldBe(RejectReason.None);
        Hello.TryParse([.. Bytes(FullHello()), 0, 0, 1], out _).ShouldBe(RejectReason.TrailingBytes);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_CERT_comes_back_as_it_went(bool cached)
    {
        byte[] bytes = CertificateBytes(cached);
        ServerCertificate.TryParse(bytes, out var message).ShouldBe(RejectReason.None);
        message.Version.ShouldBe((byte)1);
        message.VersionMax.ShouldBe((byte)2);
        message.Suite.ShouldBe((ushort)2);
        message.Suites.ShouldBe((ushort)3);
        message.ServerRandom.ToArray().ShouldBe(Random32);
        message.IsCached.ShouldBe(cached);
        message.Chain.Length.ShouldBe(cached ? 0 : 8);
    }

    [Fact]
    public void A_CERT_that_breaks_a_rule_is_rejected()
    {
        Changed(cached: false, 1, 0).ShouldBe(RejectReason.BadVersion);
        Changed(cached: false, 2, 1).ShouldBe(RejectReason.BadLength, "CACHED with a chain");
        Changed(cached: true, 2, 0).ShouldBe(RejectReason.BadLength, "neither CACHED nor a chain");
        Changed(cached: false, 2, 0xFE).ShouldBe(RejectReason.None, "reserved bits are ignored");
        Changed(cached: false, 41, 7).ShouldBe(RejectReason.TrailingBytes);
        Changed(cached: false, 41, 9).ShouldBe(RejectReason.TooShort);
        Changed(cached: false, 43, 2).ShouldNotBe(RejectReason.None, "a certificate's length that doesn't add up");

        static RejectReason Changed(bool cached, int at, byte value)
        {
            byte[] bytes = CertificateBytes(cached);
            bytes[at] = value;
            return ServerCertificate.TryParse(bytes, out _);
        }
    }

    [Fact]
    public void A_chain_has_one_to_three_certificates_and_at_most_8192_bytes()
    {
        Span<Range> ranges = stackalloc Range[CertificateChain.MaxCertificates];
        CertificateChain.TrySplit(CertificateChain.Join([1], [2, 2], [3]), ranges, out int count).ShouldBe(RejectReason.None);
        count.ShouldBe(3);
        ranges[1].ShouldBe(5..7);
        CertificateChain.TrySplit([0, 1, 1, 0, 1, 2, 0, 1, 3, 0, 1, 4], ranges, out _).ShouldBe(RejectReason.TrailingBytes);
        CertificateChain.TrySplit([], ranges, out _).ShouldNotBe(RejectReason.None);
        CertificateChain.TrySplit([0, 0], ranges, out _).ShouldBe(RejectReason.BadLength);
        CertificateChain.TrySplit(new byte[8_193], ranges, out _).ShouldBe(RejectReason.TooLong);
        Should.Throw<ArgumentException>(() => CertificateChain.Join([1], [2], [3], [4]));
        Should.Throw<ArgumentException>(() => CertificateChain.Join(new byte[8_191]));
        Should.Throw<ArgumentException>(() => CertificateChain.Join());
    }

    [Fact]
    public void RETRY_and_CLIENT_ID_come_back_as_they_went()
    {
        Retry.TryParse(RetryBytes(), out var retry).ShouldBe(RejectReason.None);
        retry.Cookie.ToArray().ShouldBe(Hash32[..20]);
        Retry.TryParse([0, 0], out _).ShouldBe(RejectReason.BadLength);
        Retry.TryParse([0, 65, .. new byte[65]], out _).ShouldBe(RejectReason.BadLength);
        byte[] identity = IdentityBytes();
        ClientIdentity.TryParse(identity, out var parsed).ShouldBe(RejectReason.None);
        parsed.Point.ToArray().ShouldBe(identity[3..]);
        identity[0] = 2;
        ClientIdentity.TryParse(identity, out _).ShouldBe(RejectReason.BadValue);
    }

    [Theory]
    [InlineData("HELLO")]
    [InlineData("CERT")]
    [InlineData("CERT cached")]
    [InlineData("RETRY")]
    [InlineData("CLIENT_ID")]
    public void Every_prefix_is_rejected_trailing_bytes_too_and_no_bit_flip_throws(string name)
    {
        var (bytes, parser) = Message(name);
        parser(bytes).ShouldBe(RejectReason.None);
        foreach (byte[] prefix in MessageCorpus.Prefixes(bytes)) parser(prefix).ShouldNotBe(RejectReason.None);
        foreach (byte[] longer in MessageCorpus.WithTrailingBytes(bytes))
        {
            if (name != "HELLO" || longer[bytes.Length..].Any(b => b != 0)) parser(longer).ShouldNotBe(RejectReason.None);
        }
        foreach (var (_, flipped) in MessageCorpus.BitFlips(bytes)) parser(flipped);
    }

    private static (byte[] Bytes, Parser Parser) Message(string name) => name switch
    {
        "HELLO" => (Bytes(FullHello()), b => Hello.TryParse(b, out _)),
        "CERT" => (CertificateBytes(false), b => ServerCertificate.TryParse(b, out _)),
        "CERT cached" => (CertificateBytes(true), b => ServerCertificate.TryParse(b, out _)),
        "RETRY" => (RetryBytes(), b => Retry.TryParse(b, out _)),
        _ => (IdentityBytes(), b => ClientIdentity.TryParse(b, out _)),
    };
}
