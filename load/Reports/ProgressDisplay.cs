using Spectre.Console;

namespace FastRelay.Load.Reports;

/// <summary>
/// How far a run is, on standard error, so that standard output holds nothing but the report: a bar a phase where that is a terminal, else
/// plain lines.
/// </summary>
internal sealed class ProgressDisplay
{
    private readonly Func<string, Action<double>> _begin;

    private ProgressDisplay(Func<string, Action<double>> begin) => _begin = begin;

    /// <summary>Runs work under a display on standard error.</summary>
    public static Task<T> RunAsync<T>(Func<ProgressDisplay, Task<T>> work)
    {
        if (Console.IsErrorRedirected) return work(Lines(Console.Error, TimeProvider.System));
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
            .StartAsync(context => work(new ProgressDisplay(name => Bar(context, name))));
    }

    /// <summary>A display of plain lines: one at a phase's start, one at its end, and between them one every few seconds.</summary>
    public static ProgressDisplay Lines(TextWriter output, TimeProvider time) => new(name => new ProgressLines(name, output, time).Tell);

    /// <summary>Begins a phase.</summary>
    /// <returns>To be told the share that is done, 0 to 1, from any thread.</returns>
    public Action<double> Phase(string name) => _begin(name);

    private static Action<double> Bar(ProgressContext context, string name)
    {
        var task = context.AddTask(Markup.Escape(name), maxValue: 1);
        return share => task.Value = share;
    }
}
