namespace FastRelay.Equipment.Tests;

public class ServerAddressTests
{
    [Theory]
    [InlineData("relay.example.org:4710", "relay.example.org", 4710, "relay.example.org")]
    [InlineData("localhost:1", "localhost", 1, "localhost")]
    [InlineData("192.0.2.7:65535", "192.0.2.7", 65535, "")]
    [InlineData("[2001:db8::1]:4710", "2001:db8::1", 4710, "")]
    public void A_host_and_port_are_read_and_written_alike(string text, string host, int port, string serverName)
    {
        ServerAddress.TryParse(text, out var address).ShouldBeTrue();

        address!.Host.ShouldBe(host);
        address.Port.ShouldBe(port);
        address.ServerName.ShouldBe(serverName);
        address.ToString().ShouldBe(text);
        address.ShouldBe(ServerAddress.Parse(text.ToUpperInvariant()));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("relay.example.org")]
    [InlineData("relay.example.org:")]
    [InlineData(":4710")]
    [InlineData("relay.example.org:0")]
    [InlineData("relay.example.org:65536")]
    [InlineData("relay.example.org:-1")]
    [InlineData("relay.example.org: 1")]
    [InlineData("relay..example:1")]
    [InlineData("-x.example:1")]
    [InlineData("a b:1")]
    [InlineData("2001:db8::1:4710")]
    [InlineData("[relay.example.org]:1")]
    [InlineData("https://relay.example.org:1")]
    public void Anything_else_is_refused(string? text)
    {
        ServerAddress.TryParse(text, out var address).ShouldBeFalse();
        address.ShouldBeNull();
    }

    [Fact]
    public async Task A_name_without_an_address_is_an_error_that_names_it()
    {
        var address = new ServerAddress("no-such-host.invalid", 1);

        var error = await Should.ThrowAsync<EquipmentException>(address.ResolveAsync(TestContext.Current.CancellationToken));

        error.Error.ShouldBe(EquipmentError.Network);
        error.Message.ShouldContain("no-such-host.invalid");
    }

    [Fact]
    public void A_certificate_name_of_its_own_changes_what_is_checked_and_not_what_is_dialled()
    {
        var dialled = ServerAddress.Parse("127.0.0.1:7800");
        var named = dialled.WithCertificateName("relay.example.org");

        dialled.CertificateName.ShouldBe("127.0.0.1");
        named.CertificateName.ShouldBe("relay.example.org");
        named.ToString().ShouldBe("127.0.0.1:7800");
        named.ShouldNotBe(dialled);
        Should.Throw<ArgumentException>(() => dialled.WithCertificateName("not a name"));
    }
}
