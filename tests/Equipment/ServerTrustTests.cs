namespace FastRelay.Equipment.Tests;

public class ServerTrustTests
{
    private const string Hex = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    [Fact]
    public void A_fingerprint_is_read_in_either_case_and_with_colons()
    {
        var trust = ServerTrust.Parse("sha256:" + Hex);

        trust.ToString().ShouldBe("sha256:" + Hex);
        ServerTrust.Parse("SHA256:" + Hex.ToUpperInvariant()).ShouldBe(trust);
        ServerTrust.Parse("sha256:" + string.Join(':', Hex.Chunk(2).Select(p => new string(p)))).ShouldBe(trust);
        ServerTrust.Fingerprint(Convert.FromHexString(Hex)).ShouldBe(trust);
    }

    [Theory]
    [InlineData("sha256:")]
    [InlineData("sha256:0011")]
    [InlineData("sha256:" + Hex + "00")]
    [InlineData("sha256:zz112233445566778899aabbccddeeff00112233445566778899aabbccddeeff")]
    public void A_fingerprint_of_another_form_is_refused_in_words(string text) =>
        Should.Throw<FormatException>(() => ServerTrust.Parse(text)).Message.ShouldContain("64 hex digits");

    [Fact]
    public void Other_text_is_the_machines_store_or_a_file()
    {
        ServerTrust.Parse("system").ShouldBe(ServerTrust.SystemStore);
        ServerTrust.Parse("ca.pem").ShouldBe(ServerTrust.File("ca.pem"));
        ServerTrust.Parse("ca.pem").ShouldNotBe(ServerTrust.SystemStore);
    }
}
