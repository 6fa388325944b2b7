using System.Text.RegularExpressions;

namespace FastRelay.Tidy.Tests;

/// <summary>Unsafe code lives in the engine alone. Remedy: put the native call or the pointer behind an engine type.</summary>
public sealed partial class UnsafeCodeTests
{
    [Theory]
    [InlineData("protocol")]
    [InlineData("host/server")]
    [InlineData("host/equipment")]
    [InlineData("host/cli")]
    [InlineData("load")]
    public void No_assembly_above_the_engine_may_hold_unverifiable_code(string project) =>
        Repository.Built(project).AllowsUnsafeCode.ShouldBeFalse();

    [Fact]
    public void No_source_outside_the_engine_steps_around_the_type_system() =>
        Repository.Sources()
            .Where(file => !file.StartsWith("engine/", StringComparison.Ordinal) && !file.StartsWith("tests/", StringComparison.Ordinal) && !file.StartsWith("bench/", StringComparison.Ordinal))
            .Where(file => Escape().IsMatch(Repository.Read(file)))
            .ShouldBeEmpty();

    [GeneratedRegex(@"\bunsafe\s*[{(\w]|\bUnsafe\.(?!IsNullRef\b|NullRef\b)\w|\bDllImport\b|\bLibraryImport\b")]
    private static partial Regex Escape();
}
