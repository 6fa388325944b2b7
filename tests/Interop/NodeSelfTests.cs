using System.Text.RegularExpressions;
using FastRelay.Interop.Tests.Support;

namespace FastRelay.Interop.Tests;

/// <summary>The peer's own tests, among them every value of protocol/vectors.json made again.</summary>
public sealed partial class NodeSelfTests
{
    [Fact]
    public async Task The_peers_own_tests_and_the_known_answers_pass()
    {
        var result = await Node.RunAsync(
            ["--test", "--test-concurrency=1", "--test-reporter=tap", "selftest.mjs", "resume.test.mjs", "vectors.test.mjs"], patience: TimeSpan.FromMinutes(5));

        result.ExitCode.ShouldBe(0, result.Text + result.Errors);
        var passed = Passed().Match(result.Text);
        passed.Success.ShouldBeTrue(result.Text);
        int.Parse(passed.Groups["count"].ValueSpan).ShouldBeGreaterThan(60);
        result.Text.ShouldContain("\n# skipped 0\n");
    }

    [GeneratedRegex(@"^# pass (?<count>\d+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Passed();
}
