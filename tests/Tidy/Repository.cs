using System.Reflection;

namespace FastRelay.Tidy.Tests;

/// <summary>The work tree that these tests were built in: where its sources and its built assemblies are.</summary>
internal static class Repository
{
    /// <summary>Folders that builds and editors make; nothing in them is source.</summary>
    private static readonly string[] Made = ["bin", "obj", "node_modules", "TestResults", "artifacts"];

    /// <summary>The folder that holds FastRelay.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Debug or Release: the configuration of this run, so that stale output of the other isn't read.</summary>
    public static string Configuration { get; } =
        typeof(Repository).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;

    /// <summary>The full path of a file given by its path from the root.</summary>
    public static string PathOf(string relative) => Path.Combine(Root, relative);

    /// <summary>The text of a file given by its path from the root.</summary>
    public static string Read(string relative) => File.ReadAllText(PathOf(relative));

    /// <summary>Files below a folder, as paths from the root with forward slashes; what a build made is left out.</summary>
    public static IEnumerable<string> Files(string folder, string pattern) =>
        Directory.EnumerateFiles(PathOf(folder), pattern, SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
            .Where(path => !path.Split('/').Any(Made.Contains))
            .Order(StringComparer.Ordinal);

    /// <summary>The C# sources of all projects.</summary>
    public static IEnumerable<string> Sources() =>
        new[] { "protocol", "engine", "host", "bench", "load", "tests" }.SelectMany(folder => Files(folder, "*.cs"));

    /// <summary>The built assembly of a project, e.g. <c>tests/Server</c>.</summary>
    public static BuiltAssembly Built(string project)
    {
        string file = Directory.GetFiles(PathOf(project), "*.csproj").Single();
        string name = project == "host/cli" ? "fastrelay" : Path.GetFileNameWithoutExtension(file);
        return new BuiltAssembly(PathOf($"{project}/bin/{Configuration}/net10.0/{name}.dll"));
    }

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "FastRelay.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("These tests run from inside the work tree: no FastRelay.sln above them.");
    }
}
