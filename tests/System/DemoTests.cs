using System.Diagnostics;
using System.Text.Json;
using FastRelay.System.Tests.Processes;

namespace FastRelay.System.Tests;

/// <summary>The first thing a newcomer runs.</summary>
public sealed class DemoTests
{
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task It_shows_the_steps_of_the_claims_in_their_order_and_succeeds()
    {
        var clock = Stopwatch.StartNew();
        var result = await FastRelayProgram.RunAsync(["demo", "--json"]);
        clock.Elapsed.ShouldBeLessThan(Promised);
        result.ExitCode.ShouldBe(0, result.ToString());

        List<JsonElement> lines = [.. result.Output.Select(line => JsonDocument.Parse(line).RootElement)];
        lines.Where(line => line.GetProperty("event").GetString() == "outcome").ShouldAllBe(line => line.GetProperty("passed").GetBoolean());

        string[] terms = [.. Steps(lines, "P4").Select(line => line.GetProperty("term").GetString()!)];
        string[] claimed =
        [
            "first TCP connection start signal", "server certificate information", "first common key generation information",
            "second common key generation information", "first connection request signal", "third connection request signal",
            "second TCP connection start signal", "server certificate information", "third common key generation information",
            "fourth common key generation information", "second connection request signal", "the password is compared",
            "communication request signal", "the issuer accepts the communication", "the communication starts",
        ];
        int at = 0;
        foreach (string term in claimed)
        {
            int found = Array.IndexOf(terms, term, at);
            found.ShouldBeGreaterThanOrEqualTo(0, $"'{term}' after step {at} of:\n{string.Join('\n', terms)}");
            at = found + 1;
        }

        string[] fast = [.. Steps(lines, "P1-fast").Select(line => line.GetProperty("message").GetString()!)];
        fast.ShouldContain("CONNECT2_FAST");
        fast.ShouldNotContain("WAKE");
    }

    [Fact]
    public async Task For_people_it_prints_the_terms_and_no_escape_codes_where_nobody_looks()
    {
        var result = await FastRelayProgram.RunAsync(["demo"]);

        result.ExitCode.ShouldBe(0, result.ToString());
        string text = string.Join('\n', result.Output);
        text.ShouldContain("third connection request signal");
        text.ShouldNotContain("\e");
    }

    private static IEnumerable<JsonElement> Steps(IEnumerable<JsonElement> lines, string route) =>
        lines.Where(line => line.GetProperty("event").GetString() == "step" && line.GetProperty("route").GetString() == route);
}
