using System.CommandLine;
using FastRelay.Load.Reports;

namespace FastRelay.Load.Commands;

/// <summary>What all commands that measure have in common: progress on standard error, the report as a table or as JSON, and as a page.</summary>
internal static class MeasuringCommand
{
    private static readonly Option<bool> Json = new("--json") { Description = "Print one JSON object instead of a table." };
    private static readonly Option<FileInfo?> Html = HtmlOption();

    /// <summary>Makes a command.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">What it measures.</param>
    /// <param name="options">Its own options.</param>
    /// <param name="measure">The run.</param>
    public static Command Create(
        string name, string description, IEnumerable<Option> options, Func<ParseResult, ProgressDisplay, CancellationToken, Task<LoadReport>> measure)
    {
        var command = new Command(name, description);
        foreach (var option in options) command.Options.Add(option);
        command.Options.Add(Json);
        command.Options.Add(Html);
        command.SetAction(async (parsed, cancellation) =>
        {
            var report = await ProgressDisplay.RunAsync(display => measure(parsed, display, cancellation));
            var output = new ReportOutput(parsed.GetValue(Json), parsed.GetValue(Html));
            await output.WriteAsync(report, ReportContext.Now(parsed.Tokens.Select(t => t.Value)));
            return 0;
        });
        return command;
    }

    private static Option<FileInfo?> HtmlOption()
    {
        var option = new Option<FileInfo?>("--html") { Description = "Write the report with charts to this file too: one page that needs nothing else.", HelpName = "FILE" };
        option.Validators.Add(result =>
        {
            // Found out now and not after ten minutes of measuring.
            if (result.GetValueOrDefault<FileInfo?>() is { Directory.Exists: false } file) result.AddError($"--html {file}: there is no such directory.");
        });
        return option;
    }
}
