namespace FastRelay.System.Tests.Processes;

/// <summary>How a command ended.</summary>
internal sealed record CommandResult(int ExitCode, IReadOnlyList<string> Output, IReadOnlyList<string> Errors)
{
    public override string ToString() => $"exit {ExitCode}\nout: {string.Join("\n     ", Output)}\nerr: {string.Join("\n     ", Errors)}";
}
