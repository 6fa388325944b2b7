using System.Text.RegularExpressions;

namespace FastRelay.Tidy.Tests;

/// <summary>The shape of the house: names at the top, lengths of files, links that lead somewhere.</summary>
public sealed partial class LayoutTests
{
    private static readonly string[] Rooms = ["bench", "docs", "engine", "host", "load", "protocol", "tests"];

    private static readonly string[] RootFiles =
    [
        "CHANGELOG.md", "CONTRIBUTING.md", "Directory.Build.props", "Directory.Packages.props", "FastRelay.sln", "LICENSE", "README.md",
        "SECURITY.md", "global.json",
    ];

    /// <summary>What a screen three times over holds, with room for the documentation of public members.</summary>
    private const int LongestFile = 450;

    [Fact]
    public void The_top_of_the_tree_holds_the_fixed_names_and_no_other()
    {
        string[] entries = [.. Directory.EnumerateFileSystemEntries(Repository.Root).Select(path => Path.GetFileName(path)!)];
        entries.Where(name => !name.StartsWith('.') && name is not ("artifacts" or "TestResults"))
            .Except([.. Rooms, .. RootFiles]).ShouldBeEmpty();
        Rooms.Except(entries).ShouldBeEmpty();
    }

    [Fact]
    public void A_source_file_is_three_screens_long_at_most() =>
        Repository.Sources()
            .Select(file => (file, lines: File.ReadLines(Repository.PathOf(file)).Count()))
            .Where(entry => entry.lines > LongestFile)
            .ShouldBeEmpty("split it by role");

    [Fact]
    public void Every_link_in_the_documents_leads_to_a_file() =>
        (from file in Directory.GetFiles(Repository.Root, "*.md").Select(Path.GetFileName).Concat(Repository.Files("docs", "*.md"))
         from match in Link().Matches(Repository.Read(file!))
         let target = match.Groups[1].Value
         where !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith('#')
         let path = Path.Combine(Path.GetDirectoryName(Repository.PathOf(file!))!, target.Split('#')[0])
         where !File.Exists(path) && !Directory.Exists(path)
         select $"{file}: {target}").ShouldBeEmpty();

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        string solution = Repository.Read("FastRelay.sln").Replace('\\', '/');
        Repository.Files(".", "*.csproj").Where(file => !solution.Contains(file.TrimStart('.', '/'), StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();
}
