using System.Globalization;
using System.Text.RegularExpressions;

namespace FastRelay.Tidy.Tests;

/// <summary>Event ids are what operators search and alert by: never two meanings for one. Remedy: take the next free number.</summary>
public sealed partial class EventIdTests
{
    [Fact]
    public void Every_logged_event_has_an_id_of_its_own() =>
        Events().GroupBy(logged => logged.Id).Where(group => group.Count() > 1)
            .Select(group => $"{group.Key}: {string.Join(", ", group.Select(logged => logged.File))}")
            .ShouldBeEmpty();

    [Fact]
    public void Every_logged_event_states_its_id() =>
        Repository.Sources()
            .Where(file => Attribute().Count(Repository.Read(file)) != Identified().Count(Repository.Read(file)))
            .ShouldBeEmpty("[LoggerMessage] needs an explicit EventId");

    [Theory]
    [InlineData("host/server/", 1000)]
    [InlineData("host/equipment/", 2000)]
    [InlineData("host/cli/", 3000)]
    [InlineData("engine/", 4000)]
    public void Each_component_keeps_to_its_thousand(string folder, int first) =>
        Events().Where(logged => logged.File.StartsWith(folder, StringComparison.Ordinal) && (logged.Id < first || logged.Id > first + 999))
            .ShouldBeEmpty();

    private static IEnumerable<(int Id, string File)> Events() =>
        from file in Repository.Sources()
        from match in Identified().Matches(Repository.Read(file))
        select (int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture), file);

    [GeneratedRegex(@"\[LoggerMessage\(")]
    private static partial Regex Attribute();

    [GeneratedRegex(@"\[LoggerMessage\(\s*(?:EventId\s*=\s*)?(\d+)")]
    private static partial Regex Identified();
}
