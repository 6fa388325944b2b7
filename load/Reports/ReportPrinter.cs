using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Spectre.Console;

namespace FastRelay.Load.Reports;

/// <summary>Prints a report: one JSON object, or a table for a person.</summary>
internal static class ReportPrinter
{
    /// <summary>Prints it.</summary>
    /// <param name="report">The report.</param>
    /// <param name="type">Its JSON.</param>
    /// <param name="json">Whether a program reads it.</param>
    /// <param name="title">Above the table.</param>
    /// <param name="rows">What a person is shown: a name and a text each.</param>
    public static void Print<T>(T report, JsonTypeInfo<T> type, bool json, string title, IEnumerable<(string Name, string Text)> rows)
    {
        if (json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(report, type));
            return;
        }
        var table = new Table().Title(Markup.Escape(title)).Border(TableBorder.Rounded).AddColumn("what").AddColumn(new TableColumn("figure").RightAligned());
        foreach (var (name, text) in rows) table.AddRow(Markup.Escape(name), Markup.Escape(text));
        AnsiConsole.Write(table);
    }

    /// <summary>A number as people read it.</summary>
    public static string Number(double value, int decimals = 0) => value.ToString("N" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
