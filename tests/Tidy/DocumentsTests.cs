using System.Text.RegularExpressions;
using FastRelay.Server.Options;

namespace FastRelay.Tidy.Tests;

/// <summary>Documents that tell what the code has are held to it: what is missing or gone fails. Remedy: change the row.</summary>
public sealed partial class DocumentsTests
{
    private static readonly string Operations = Repository.Read("docs/operations.md");

    /// <summary>The default of these depends on the machine or on the build.</summary>
    private static readonly string[] Varying = ["data", "limits:devices", "listen"];

    [Fact]
    public void Every_option_is_told_with_its_default()
    {
        var defaults = new RelayServerOptions();
        OptionKeys.All.Where(key => !Operations.Contains($"| `{key.Name}` | {Told(key.Format(defaults), key.Name)}", StringComparison.Ordinal))
            .Select(key => $"{key.Name} = {key.Format(defaults)}").ShouldBeEmpty();
    }

    [Fact]
    public void No_option_is_told_that_is_not_one() =>
        OptionRow().Matches(Operations).Select(match => match.Groups["key"].Value).Except(OptionKeys.All.Select(key => key.Name)).ShouldBeEmpty();

    [Fact]
    public void Every_metric_is_told()
    {
        string metrics = Repository.Read("host/server/Metrics/ServerMetrics.cs");
        MetricName().Matches(metrics).Select(match => match.Groups[1].Value)
            .Where(name => !Operations.Contains($"| `{name}`", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Fact]
    public void Every_event_is_told() =>
        (from file in Repository.Sources()
         where file.StartsWith("host/", StringComparison.Ordinal) || file.StartsWith("engine/", StringComparison.Ordinal)
         from match in EventId().Matches(Repository.Read(file))
         where !Operations.Contains($"| {match.Groups[1].Value} | ", StringComparison.Ordinal)
         select $"{file}: {match.Groups[1].Value}").ShouldBeEmpty();

    [Fact]
    public void Every_test_that_the_threat_model_names_exists()
    {
        string[] tests = [.. new[] { "Protocol", "Engine", "Server", "Equipment", "System", "Interop" }
            .SelectMany(project => Repository.Built("tests/" + project).Tests).Select(test => test.Name)];
        TestName().Matches(Repository.Read("docs/threat-model.md")).Select(match => match.Groups[1].Value).Except(tests).ShouldBeEmpty();
    }

    private static string Told(string value, string key) => Varying.Contains(key) ? "" : value.Length == 0 ? "none |" : $"`{value}` |";

    [GeneratedRegex(@"^\| `(?<key>[a-z]+(:[a-zA-Z]+)?)` \| (none|`)", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex OptionRow();

    [GeneratedRegex("\"(fastrelay_[a-z_]+)\"")]
    private static partial Regex MetricName();

    [GeneratedRegex(@"\[LoggerMessage\((\d+)")]
    private static partial Regex EventId();

    [GeneratedRegex(@"`(\w+Tests\.\w+)`")]
    private static partial Regex TestName();
}
