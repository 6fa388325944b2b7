using FastRelay.Load.Reports.Html;
using Spectre.Console;

namespace FastRelay.Load.Reports;

/// <summary>Where a report goes.</summary>
/// <param name="Json">One JSON object on standard output instead of the table.</param>
/// <param name="HtmlFile">A page is written here as well.</param>
internal sealed record ReportOutput(bool Json, FileInfo? HtmlFile)
{
    /// <summary>Writes the report to all of them. Standard output comes first: a page that can't be written doesn't lose the figures.</summary>
    /// <exception cref="LoadException">The page couldn't be written.</exception>
    public async Task WriteAsync(LoadReport report, ReportContext context)
    {
        if (Json) await Console.Out.WriteLineAsync(ReportJson.Write(report, context));
        else ReportTable.Write(report, Terminal());
        if (HtmlFile is null) return;
        try
        {
            await File.WriteAllTextAsync(HtmlFile.FullName, HtmlPage.Write(report, context));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LoadException($"The page couldn't be written: {e.Message}");
        }
    }

    /// <summary>Standard output; where that isn't a terminal, without its escape sequences and with room for every line.</summary>
    private static IAnsiConsole Terminal()
    {
        if (!Console.IsOutputRedirected) return AnsiConsole.Console;
        var plain = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(Console.Out) });
        plain.Profile.Width = 120;
        return plain;
    }
}
