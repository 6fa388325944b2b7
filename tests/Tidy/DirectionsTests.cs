using System.Xml.Linq;

namespace FastRelay.Tidy.Tests;

/// <summary>
/// Who may know whom (docs/architecture.md, Directions). Two sides of each arrow are read: what the project file declares, and
/// what the built assembly uses. Remedy for a failure: move the code to the layer that may see what it needs.
/// </summary>
public sealed class DirectionsTests
{
    /// <summary>Our own assemblies that each of ours may use.</summary>
    public static TheoryData<string, string[]> Arrows => new()
    {
        { "protocol", [] },
        { "engine", [] },
        { "host/server", ["FastRelay.Protocol", "FastRelay.Engine"] },
        { "host/equipment", ["FastRelay.Protocol", "FastRelay.Engine"] },
        { "host/cli", ["FastRelay.Protocol", "FastRelay.Engine", "FastRelay.Server", "FastRelay.Equipment"] },
        { "load", ["FastRelay.Protocol", "FastRelay.Engine", "FastRelay.Server", "FastRelay.Equipment"] },
        { "bench", ["FastRelay.Protocol", "FastRelay.Engine", "FastRelay.Server", "FastRelay.Equipment"] },
    };

    /// <summary>Packages that the two lowest layers may use beside the base library.</summary>
    public static TheoryData<string, string[]> Foreign => new()
    {
        { "protocol", [] },
        {
            "engine",
            [
                "Microsoft.Extensions.Logging.Abstractions", "Microsoft.Extensions.ObjectPool", "CommunityToolkit.HighPerformance",
                "System.IO.Pipelines",
            ]
        },
    };

    [Theory]
    [MemberData(nameof(Arrows))]
    public void An_assembly_uses_only_the_layers_below_it(string project, string[] allowed) =>
        Repository.Built(project).References.Where(IsOurs).Except(allowed).ShouldBeEmpty($"{project} uses a layer it must not see");

    [Theory]
    [MemberData(nameof(Arrows))]
    public void A_project_declares_only_the_layers_below_it(string project, string[] allowed) =>
        Declared(project, "ProjectReference").Except(allowed).ShouldBeEmpty($"{project} declares a layer it must not see");

    [Theory]
    [MemberData(nameof(Foreign))]
    public void The_lowest_layers_stand_on_the_base_library(string project, string[] allowed)
    {
        Repository.Built(project).References.Where(name => !IsBaseLibrary(name)).Except(allowed).ShouldBeEmpty();
        string[] analyzers = ["Microsoft.CodeAnalysis.BannedApiAnalyzers"];
        Declared(project, "PackageReference").Except(allowed).Except(analyzers).ShouldBeEmpty();
        Declared(project, "FrameworkReference").ShouldBeEmpty();
    }

    [Fact]
    public void Only_tests_of_whole_processes_reference_the_command_line()
    {
        string[] allowed = ["tests/System/FastRelay.System.Tests.csproj", "tests/Tidy/FastRelay.Tidy.Tests.csproj"];
        Repository.Files(".", "*.csproj")
            .Where(file => Repository.Read(file).Contains("FastRelay.Cli.csproj", StringComparison.Ordinal))
            .Except(allowed).ShouldBeEmpty();
    }

    [Fact]
    public void Arrows_are_found_where_there_are_some() => Repository.Built("tests/Tidy").References.ShouldContain("Shouldly");

    private static bool IsOurs(string name) => name.StartsWith("FastRelay.", StringComparison.Ordinal) || name == "fastrelay";

    private static bool IsBaseLibrary(string name) =>
        !IsOurs(name)
        && (name is "System" or "netstandard" or "mscorlib" || name.StartsWith("System.", StringComparison.Ordinal))
        && File.Exists(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, name + ".dll"));

    private static IEnumerable<string> Declared(string project, string kind) =>
        XDocument.Load(Directory.GetFiles(Repository.PathOf(project), "*.csproj").Single())
            .Descendants(kind)
            .Select(reference => reference.Attribute("Include")!.Value)
            .Select(include => kind == "ProjectReference" ? Path.GetFileNameWithoutExtension(include) : include);
}
