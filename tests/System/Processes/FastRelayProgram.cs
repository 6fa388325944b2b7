using System.Text.Json;

namespace FastRelay.System.Tests.Processes;

/// <summary>The built <c>fastrelay</c>, started as people start it.</summary>
internal static class FastRelayProgram
{
    /// <summary>Generous: the machine may be busy, and a test that waits for it still ends.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>The program as one shell word list, for ProxyCommand.</summary>
    public static string CommandLine => $"dotnet {Dll}";

    private static string Dll { get; } = Path.Combine(AppContext.BaseDirectory, "fastrelay.dll");

    /// <summary>
    /// Starts it. A shell that runs the tests in the background has them ignore SIGINT, which is inherited: a person's terminal doesn't,
    /// so env (GNU) sets it right and then becomes the program.
    /// </summary>
    public static RunningProcess Start(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null) =>
        OperatingSystem.IsLinux()
            ? RunningProcess.Start("env", ["--default-signal=INT", "dotnet", Dll, .. arguments], environment)
            : RunningProcess.Start("dotnet", [Dll, .. arguments], environment);

    /// <summary>Runs a command to its end.</summary>
    public static async Task<CommandResult> RunAsync(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        await using var process = Start(arguments, environment);
        int code = await process.EndAsync(Patience);
        return new CommandResult(code, process.Output, process.Errors);
    }

    /// <summary>The next line that is a JSON object with this event.</summary>
    public static async Task<JsonElement> EventAsync(this RunningProcess process, string name)
    {
        JsonElement found = default;
        await process.LineAsync(line => TryParse(line, out found) && found.TryGetProperty("event", out var value) && value.GetString() == name, Patience);
        return found;
    }

    private static bool TryParse(string line, out JsonElement element)
    {
        element = default;
        if (!line.StartsWith('{')) return false;
        element = JsonDocument.Parse(line).RootElement;
        return true;
    }
}
