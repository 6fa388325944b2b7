using Spectre.Console;

namespace FastRelay.Load.Reports;

/// <summary>A report as a table for a person at a terminal.</summary>
internal static class ReportTable
{
    /// <summary>Writes it.</summary>
    public static void Write(LoadReport report, IAnsiConsole console)
    {
        var table = new Table().Title(Markup.Escape($"{report.Name}: {report.Title}")).Border(TableBorder.Rounded)
            .AddColumn("what").AddColumn(new TableColumn("figure").RightAligned()).AddColumn("target");
        AddRows(table, report.AllFigures());
        foreach (var group in report.Groups)
        {
            table.AddEmptyRow();
            table.AddRow($"[bold]{Markup.Escape(group.Title)}[/]");
            AddRows(table, [.. group.Figures, .. group.Latencies.SelectMany(l => l.Figures())]);
        }
        console.Write(table);
        foreach (string note in report.Notes) console.WriteLine(note);
    }

    private static void AddRows(Table table, IEnumerable<Figure> figures)
    {
        foreach (var figure in figures) table.AddRow(Markup.Escape(figure.Label), Markup.Escape(figure.Text), Verdict(figure));
    }

    private static string Verdict(Figure figure) => figure.Target is not { } target
        ? ""
        : $"{Markup.Escape(target.Text(figure.Decimals))} {(figure.IsMet == true ? "[green]met[/]" : "[red]not met[/]")}";
}
