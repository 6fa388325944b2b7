using System.Text.RegularExpressions;
using FastRelay.Server.Options;

namespace FastRelay.Server.Tests.Standalone;

/// <summary>The guide for operators says what the program does: each option, each event, each metric.</summary>
public sealed partial class OperationsGuideTests
{
    private static readonly string Root = FindRoot();
    private static readonly string Guide = File.ReadAllText(Path.Combine(Root, "docs", "operations.md"));

    /// <summary>These differ by machine or by build.</summary>
    private static readonly string[] OwnDefaults = ["data", "limits:devices", "listen"];

    [Fact]
    public void It_lists_every_option_with_its_default_and_what_is_allowed()
    {
        var options = new RelayServerOptions();
        foreach (var key in OptionKeys.All)
        {
            string value = key.Format(options) is { Length: > 0 } text ? $"`{text}`" : "none";
            if (OwnDefaults.Contains(key.Name)) Guide.ShouldMatch($@"\n\| `{Regex.Escape(key.Name)}` \| [^|]+ \| {Regex.Escape(key.Allowed)} \|");
            else Guide.ShouldContain($"\n| `{key.Name}` | {value} | {key.Allowed} |");
        }
    }

    [Fact]
    public void It_lists_every_event_of_the_log()
    {
        string source = File.ReadAllText(Path.Combine(Root, "host", "server", "Logging", "ServerEvents.cs"));
        var events = EventId().Matches(source);
        events.Count.ShouldBeGreaterThan(10);
        foreach (Match found in events) Guide.ShouldContain($"\n| {found.Groups[1].Value} | {found.Groups[2].Value} |");
    }

    [Fact]
    public void It_lists_every_metric()
    {
        string source = File.ReadAllText(Path.Combine(Root, "host", "server", "Metrics", "ServerMetrics.cs"));
        var metrics = MetricName().Matches(source);
        metrics.Count.ShouldBeGreaterThan(15);
        foreach (Match found in metrics) Guide.ShouldContain($"\n| `{found.Value}");
    }

    private static string FindRoot()
    {
        string? at = AppContext.BaseDirectory;
        while (at is not null && !File.Exists(Path.Combine(at, "FastRelay.sln"))) at = Path.GetDirectoryName(at);
        return at ?? throw new InvalidOperationException("The tests run outside of the repository.");
    }

    [GeneratedRegex(@"\[LoggerMessage\((\d+), LogLevel\.(\w+)")]
    private static partial Regex EventId();

    [GeneratedRegex(@"fastrelay_[a-z_]+(?="")")]
    private static partial Regex MetricName();
}
