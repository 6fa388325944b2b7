using Spectre.Console;

namespace FastRelay.Cli.Output;

/// <summary>A console for people that falls back to plain lines where nobody looks at them.</summary>
internal static class PlainConsole
{
    /// <summary>Columns where there is no terminal to ask: lines stay whole, so that they can be searched.</summary>
    private const int Unlimited = 512;

    /// <summary>Colours only on a terminal, and only while NO_COLOR isn't set (no-color.org).</summary>
    public static IAnsiConsole Create()
    {
        bool plain = Console.IsOutputRedirected || Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 };
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = plain ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = plain ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = InteractionSupport.No,
        });
        if (Console.IsOutputRedirected) console.Profile.Width = Unlimited;
        return console;
    }
}
