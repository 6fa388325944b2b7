using System.Net;
using System.Security.Cryptography.X509Certificates;
using FastRelay.Server.Data;
using FastRelay.Server.Options;

namespace FastRelay.Server.Tests.Standalone;

[Trait("Claim", "4")]
public sealed class ServerCertificatesTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly LocalNames Names = new(["localhost"], [IPAddress.Loopback]);
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"fastrelay-cert-{Guid.NewGuid():N}");
    private readonly CertificateOptions _options = new();
    private DataDirectory _data;

    public ServerCertificatesTests() => _data = DataDirectory.Open(_path);

    public void Dispose()
    {
        _data.Dispose();
        Directory.Delete(_path, recursive: true);
    }

    [Fact]
    public void The_server_certificate_chains_to_the_authority_and_covers_the_names()
    {
        var certificates = ServerCertificates.Open(_data, _options, Now);
        var issued = certificates.LoadOrIssue(new LocalNames(["localhost", "relay.example"], [IPAddress.Parse("192.0.2.1")]), Now);

        using var leaf = X509CertificateLoader.LoadCertificate(issued.Chain[0]);
        using var authority = X509CertificateLoader.LoadCertificate(certificates.AuthorityDer.Span);
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = Now.UtcDateTime;
        chain.Build(leaf).ShouldBeTrue();
        leaf.MatchesHostname("relay.example").ShouldBeTrue();
        leaf.MatchesHostname("192.0.2.1").ShouldBeTrue();
        leaf.MatchesHostname("other.example").ShouldBeFalse();
        issued.Chain.Sum(c => c.Length + 2).ShouldBeLessThan(8192);
    }

    [Fact]
    [Trait("Claim", "4")]
    [Trait("Claim", "15")]
    public void A_restart_keeps_authority_and_certificate()
    {
        var first = ServerCertificates.Open(_data, _options, Now);
        var issued = first.LoadOrIssue(Names, Now);
        _data.Dispose();
        _data = DataDirectory.Open(_path);

        var second = ServerCertificates.Open(_data, _options, Now.AddDays(1));
        second.Fingerprint.ShouldBe(first.Fingerprint);
        second.LoadOrIssue(Names, Now.AddDays(1)).Chain[0].ShouldBe(issued.Chain[0]);
    }

    [Fact]
    public void A_certificate_near_its_end_or_without_a_name_is_replaced_under_the_same_authority()
    {
        var certificates = ServerCertificates.Open(_data, _options, Now);
        var issued = certificates.LoadOrIssue(Names, Now);

        var due = certificates.RenewalOf(issued);
        due.ShouldBe(Now.AddDays(60));
        certificates.LoadOrIssue(Names, due.AddTicks(-1)).Chain[0].ShouldBe(issued.Chain[0]);
        var renewed = certificates.LoadOrIssue(Names, due);
        renewed.Chain[0].ShouldNotBe(issued.Chain[0]);
        renewed.Chain[1].ShouldBe(issued.Chain[1]);

        var named = certificates.LoadOrIssue(Names with { DnsNames = ["localhost", "relay.example"] }, due);
        named.Chain[0].ShouldNotBe(renewed.Chain[0]);
    }

    [Fact]
    public void The_certificate_never_outlives_its_authority()
    {
        _options.AuthorityLifetime = TimeSpan.FromDays(100);
        var certificates = ServerCertificates.Open(_data, _options, Now);
        certificates.Issue(Names, Now.AddDays(50)).NotAfter.ShouldBe(Now.AddDays(100));
    }

    [Fact]
    public void A_damaged_server_file_is_replaced_and_a_damaged_authority_key_is_an_error()
    {
        var certificates = ServerCertificates.Open(_data, _options, Now);
        var issued = certificates.LoadOrIssue(Names, Now);
        _data.Write("server.pem", "nothing"u8);
        certificates.LoadOrIssue(Names, Now).Chain[0].ShouldNotBe(issued.Chain[0]);

        _data.Write("ca.key", "nothing"u8);
        Should.Throw<DataDirectoryException>(() => ServerCertificates.Open(_data, _options, Now)).Message.ShouldContain("ca.key");
    }

    [Fact]
    public void An_authority_without_its_key_is_an_error_and_not_a_new_authority()
    {
        ServerCertificates.Open(_data, _options, Now);
        File.Delete(_data.PathOf("ca.key"));
        Should.Throw<DataDirectoryException>(() => ServerCertificates.Open(_data, _options, Now)).Message.ShouldContain("restore");
    }

    [Fact]
    public void The_local_names_hold_localhost_the_loopback_addresses_and_the_operators_own()
    {
        var names = LocalNames.Gather(["Relay.Example", "192.0.2.9", "localhost"]);
        names.DnsNames.Any(n => n == "relay.example").ShouldBeTrue();
        names.DnsNames.Count(n => n == "localhost").ShouldBe(1);
        names.Addresses.ShouldContain(IPAddress.Loopback);
        names.Addresses.ShouldContain(IPAddress.IPv6Loopback);
        names.Addresses.ShouldContain(IPAddress.Parse("192.0.2.9"));
    }
}
