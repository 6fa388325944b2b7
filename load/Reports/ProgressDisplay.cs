using Spectre.Console;

namespace FastRelay.Load.Reports;

/// <summary>A progress bar a phase for a person; nothing where the output is for a program.</summary>
internal sealed class ProgressDisplay(ProgressContext? context)
{
    /// <summary>Runs work under a display.</summary>
    /// <param name="visible">Whether there is to be anything to see.</param>
    /// <param name="work">The work, which begins phases.</param>
    public static Task<T> RunAsync<T>(bool visible, Func<ProgressDisplay, Task<T>> work) =>
        visible
            ? AnsiConsole.Progress()
                .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
                .StartAsync(context => work(new ProgressDisplay(context)))
            : work(new ProgressDisplay(null));

    /// <summary>Begins a phase.</summary>
    /// <returns>To be told the share that is done, 0 to 1.</returns>
    public Action<double> Phase(string name)
    {
        var task = context?.AddTask(Markup.Escape(name), maxValue: 1);
        return share =>
        {
            if (task is not null) task.Value = share;
        };
    }
}
