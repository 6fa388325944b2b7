using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Tests.Handshake;

/// <summary>SPEC 4.5, rule by rule; and that a client that doesn't trust sends nothing more.</summary>
public sealed class CertificatePolicyTests
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private static readonly ECDsa LeafKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private static TestPki Pki => TestPki.Shared;

    private static CertificateRequest Request(ECDsa? key = null) => new("CN=server", key ?? LeafKey, HashAlgorithmName.SHA256);

    private static TrustFailure? Validate(byte[] chain, CertificatePolicy? policy = null, DateTimeOffset? now = null)
    {
        var failure = (policy ?? Pki.Policy()).Validate(chain, now ?? TestPki.Now, out var key);
        (key is null).ShouldBe(failure is not null);
        key?.Dispose();
        return failure;
    }

    private static byte[] Chain(byte[] leaf) => CertificateChain.Join(leaf, Pki.Der);

    private static byte[] Good { get; } = Chain(Pki.Leaf(Request()));

    [Fact]
    [Trait("Claim", "7")]
    [Trait("Claim", "11")]
    [Trait("Claim", "15")]
    public void A_good_chain_is_trusted_again_and_again_and_gives_the_leafs_key()
    {
        using var anchors = Pki.Anchors;
        var policy = new CertificatePolicy(anchors, TestPki.Name);
        for (int i = 0; i < 3; i++)
        {
            policy.Validate(Good, TestPki.Now, out var key).ShouldBeNull();
            using (key) key!.ExportSubjectPublicKeyInfo().ShouldBe(LeafKey.ExportSubjectPublicKeyInfo());
        }
    }

    [Fact]
    public void The_anchor_needs_not_be_sent_and_may_be_given_as_PEM()
    {
        byte[] leafOnly = CertificateChain.Join(Pki.Leaf(Request()));
        Validate(leafOnly).ShouldBeNull();
        using var anchors = TrustAnchors.FromPem(Pki.Certificate.ExportCertificatePem());
        Validate(leafOnly, new CertificatePolicy(anchors, TestPki.Name)).ShouldBeNull();
    }

    [Fact]
    public void An_intermediate_authority_in_the_chain_is_followed()
    {
        using var intermediate = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var request = new CertificateRequest("CN=intermediate", intermediate, HashAlgorithmName.SHA384);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        byte[] der = Pki.Sign(request);
        byte[] leaf = SignWith(intermediate, request.SubjectName);
        Validate(CertificateChain.Join(leaf, der, Pki.Der)).ShouldBeNull();
        Validate(CertificateChain.Join(leaf, Pki.Der))!.Rule.ShouldBe(TrustRule.Anchor);
    }

    [Fact]
    public void An_issuer_that_is_no_authority_is_refused()
    {
        using var impostor = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=just a leaf", impostor, HashAlgorithmName.SHA256);
        byte[] der = Pki.Leaf(request);
        Validate(CertificateChain.Join(SignWith(impostor, request.SubjectName), der, Pki.Der))!.Rule.ShouldBe(TrustRule.NotAnAuthority);
    }

    [Fact]
    public void An_issuer_without_basic_constraints_is_refused()
    {
        using var silent = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=says nothing", silent, HashAlgorithmName.SHA256);
        Validate(CertificateChain.Join(SignWith(silent, request.SubjectName), Pki.Sign(request), Pki.Der))!.Rule.ShouldBe(TrustRule.NotAnAuthority);
    }

    [Fact]
    public void Another_authority_is_refused_even_under_the_same_name()
    {
        var other = new TestPki("FastRelay test CA");
        Validate(CertificateChain.Join(other.Leaf(Request()), other.Der))!.Rule.ShouldBe(TrustRule.Anchor);
    }

    [Fact]
    public void The_systems_store_does_not_know_a_private_authority() =>
        Validate(Good, new CertificatePolicy(TrustAnchors.System, TestPki.Name))!.Rule.ShouldBe(TrustRule.Anchor);

    [Fact]
    public void A_fingerprint_trusts_the_certificate_it_names_and_no_other()
    {
        string text = TrustAnchors.FormatFingerprint(Pki.Der);
        text.ShouldStartWith("sha256:");
        text.Length.ShouldBe(7 + 64);
        Validate(Good, new CertificatePolicy(TrustAnchors.TryParseFingerprint(text)!, TestPki.Name)).ShouldBeNull();
        Validate(Good, new CertificatePolicy(TrustAnchors.TryParseFingerprint(text.ToUpperInvariant())!, TestPki.Name)).ShouldBeNull();
        byte[] other = SHA256.HashData(Pki.Der);
        other[31] ^= 1;
        Validate(Good, new CertificatePolicy(TrustAnchors.FromFingerprint(other), TestPki.Name))!.Rule.ShouldBe(TrustRule.Anchor);
    }

    [Fact]
    public void A_fingerprint_of_a_certificate_that_did_not_issue_the_leaf_is_no_help()
    {
        // The attacker sends the genuine authority's certificate beside a leaf of his own.
        var attacker = new TestPki("FastRelay test CA");
        byte[] chain = CertificateChain.Join(attacker.Leaf(Request()), Pki.Der);
        Validate(chain, new CertificatePolicy(TrustAnchors.FromFingerprint(SHA256.HashData(Pki.Der)), TestPki.Name))!.Rule.ShouldBe(TrustRule.Anchor);
    }

    [Theory]
    [InlineData("")]
    [InlineData("sha256:")]
    [InlineData("sha256:00")]
    [InlineData("sha1:0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("sha256:000000000000000000000000000000000000000000000000000000000000000g")]
    [InlineData("sha256:00000000000000000000000000000000000000000000000000000000000000000")]
    public void Anything_else_is_no_fingerprint(string text) => TrustAnchors.TryParseFingerprint(text).ShouldBeNull();

    [Fact]
    public void Validity_is_judged_at_the_time_given_to_the_second()
    {
        var from = TestPki.Now.AddHours(-1);
        var to = TestPki.Now.AddHours(1);
        byte[] chain = Chain(Pki.Leaf(Request(), from, to));
        Validate(chain, now: from.AddSeconds(-1))!.Rule.ShouldBe(TrustRule.NotYetValid);
        Validate(chain, now: from).ShouldBeNull();
        Validate(chain, now: to.AddSeconds(-1)).ShouldBeNull();
        Validate(chain, now: to)!.Rule.ShouldBe(TrustRule.Expired);
    }

    [Fact]
    public void An_expired_authority_is_refused()
    {
        var old = new TestPki("old", notAfter: TestPki.Now.AddMinutes(-1));
        byte[] chain = CertificateChain.Join(old.Leaf(Request()), old.Der);
        Validate(chain, old.Policy())!.Rule.ShouldBe(TrustRule.Expired);
    }

    [Theory]
    [InlineData("relay.example", true)]
    [InlineData("RELAY.example", true)]
    [InlineData("a.wild.example", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("::1", true)]
    [InlineData("other.example", false)]
    [InlineData("wild.example", false)]
    [InlineData("a.b.wild.example", false)]
    [InlineData("relay.example.attacker.example", false)]
    [InlineData("127.0.0.2", false)]
    [InlineData("server", false)]
    public void The_name_dialled_must_be_among_the_alternative_names(string name, bool trusted) =>
        (Validate(Good, Pki.Policy(name))?.Rule).ShouldBe(trusted ? null : TrustRule.Name);

    [Fact]
    public void The_common_name_is_not_looked_at()
    {
        var request = new CertificateRequest($"CN={TestPki.Name}", LeafKey, HashAlgorithmName.SHA256);
        Validate(Chain(Pki.Leaf(request, names: false)))!.Rule.ShouldBe(TrustRule.Name);
    }

    [Fact]
    public void A_key_usage_without_digitalSignature_is_refused_and_none_at_all_is_not()
    {
        Validate(Chain(Pki.Leaf(Request(), usage: X509KeyUsageFlags.KeyAgreement)))!.Rule.ShouldBe(TrustRule.KeyUsage);
        Validate(Chain(Pki.Leaf(Request(), usage: null))).ShouldBeNull();
    }

    [Fact]
    public void An_extended_key_usage_without_serverAuth_is_refused_and_none_at_all_is_not()
    {
        Validate(Chain(Pki.Leaf(Request(), enhancedUsage: ClientAuthentication)))!.Rule.ShouldBe(TrustRule.ExtendedKeyUsage);
        Validate(Chain(Pki.Leaf(Request(), enhancedUsage: null))).ShouldBeNull();
    }

    [Fact]
    public void An_RSA_leaf_is_refused()
    {
        using var rsa = RSA.Create(2048);
        var request = new CertificateRequest("CN=server", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        Validate(Chain(Pki.Leaf(request)))!.Rule.ShouldBe(TrustRule.KeyType);
    }

    [Theory]
    [InlineData("nistP521")]
    [InlineData("secp256k1")]
    [InlineData("brainpoolP256r1")]
    public void A_leaf_on_another_curve_is_refused(string curve)
    {
        using var key = ECDsa.Create(ECCurve.CreateFromFriendlyName(curve));
        Validate(Chain(Pki.Leaf(Request(key))))!.Rule.ShouldBe(TrustRule.KeyType);
    }

    [Fact]
    public void A_leaf_on_P384_is_trusted()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        Validate(Chain(Pki.Leaf(Request(key)))).ShouldBeNull();
    }

    [Fact]
    public void What_is_not_DER_is_refused()
    {
        byte[] leaf = Pki.Leaf(Request());
        using var certificate = X509CertificateLoader.LoadCertificate(leaf);
        byte[] pem = System.Text.Encoding.ASCII.GetBytes(certificate.ExportCertificatePem());
        byte[][] bad = [[1, 2, 3], [0x30, 0], [.. leaf, 0], leaf[..^1], pem];
        foreach (byte[] der in bad) Validate(CertificateChain.Join(der, Pki.Der))!.Rule.ShouldBe(TrustRule.Encoding);
        Validate([])!.Rule.ShouldBe(TrustRule.Encoding);
        Validate([0, 5, 1])!.Rule.ShouldBe(TrustRule.Encoding);
    }

    [Fact]
    public void A_changed_bit_anywhere_in_the_leaf_is_refused()
    {
        byte[] leaf = Pki.Leaf(Request());
        for (int at = 0; at < leaf.Length; at++)
        {
            byte[] changed = [.. leaf];
            changed[at] ^= (byte)(1 << (at % 8));
            Validate(Chain(changed)).ShouldNotBeNull($"byte {at}");
        }
    }

    [Fact]
    public void The_explanation_is_a_sentence_for_a_person_without_the_peers_words()
    {
        var request = new CertificateRequest("CN=EVIL\u001b[31m", LeafKey, HashAlgorithmName.SHA256);
        var failure = Validate(Chain(Pki.Leaf(request)), Pki.Policy("other.example"))!;
        failure.Explanation.ShouldBe("The server's certificate isn't for other.example.");
    }

    [Fact]
    [Trait("Claim", "7")]
    [Trait("Claim", "11")]
    [Trait("Claim", "15")]
    [Trait("Claim", "22")]
    [Trait("Claim", "26")]
    [Trait("Claim", "30")]
    public void A_client_that_does_not_trust_the_certificate_makes_no_key_and_sends_nothing()
    {
        using var rsa = RSA.Create(2048);
        var stranger = new TestPki("stranger");
        byte[][] chains =
        [
            CertificateChain.Join(stranger.Leaf(Request()), stranger.Der),
            Chain(Pki.Leaf(Request(), notAfter: TestPki.Now.AddSeconds(-1))),
            Chain(Pki.Leaf(Request(), notBefore: TestPki.Now.AddSeconds(1))),
            Chain(Pki.Leaf(Request(), names: false)),
            Chain(Pki.Leaf(Request(), usage: X509KeyUsageFlags.KeyAgreement)),
            Chain(Pki.Leaf(Request(), enhancedUsage: ClientAuthentication)),
            Chain(Pki.Leaf(new CertificateRequest("CN=server", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))),
        ];
        foreach (byte[] chain in chains)
        {
            var entropy = new WatchedEntropy();
            using var connection = new Connection(ConnectionRole.Wake, clientEntropy: entropy);
            connection.Run(frame => [frame.Type == FrameType.Certificate ? frame with { Payload = WithChain(frame.Payload, chain) } : frame]);
            connection.Types().ShouldBe(">HELLO <CERT");
            connection.Client.Reason.ShouldBe(RejectReason.UntrustedCertificate);
            connection.Client.TrustFailure.ShouldNotBeNull();
            entropy.KeysMade.ShouldBe(0);
        }
    }

    private static byte[] WithChain(byte[] payload, byte[] chain)
    {
        ServerCertificate.TryParse(payload, out var old).ShouldBe(RejectReason.None);
        var message = new ServerCertificate
        {
            Version = old.Version,
            VersionMax = old.VersionMax,
            Suite = old.Suite,
            Suites = old.Suites,
            ServerRandom = old.ServerRandom,
            Chain = chain,
        };
        byte[] bytes = new byte[message.Size];
        message.Write(bytes);
        return bytes;
    }

    private static byte[] SignWith(ECDsa issuer, X500DistinguishedName name)
    {
        var request = Request();
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(TestPki.Name);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(name, X509SignatureGenerator.CreateForECDsa(issuer), TestPki.Now.AddDays(-1), TestPki.Now.AddDays(1), [1, 2, 3]);
        return certificate.RawData;
    }
}
