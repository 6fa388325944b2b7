using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace FastRelay.Load.Reports;

/// <summary>
/// A report as one JSON object on one line: parameters, figures and percentiles by their keys, each group as an object, then <c>series</c>,
/// <c>histograms</c> (bins in microseconds), <c>targets</c>, and <c>command</c>, <c>machine</c> and <c>date</c>. What couldn't be measured is null.
/// </summary>
internal static class ReportJson
{
    /// <summary>Writes it.</summary>
    /// <exception cref="InvalidOperationException">Two figures have the same key.</exception>
    public static string Write(LoadReport report, ReportContext context)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("scenario", report.Name);
            WriteFigures(writer, report.AllFigures());
            foreach (var group in report.Groups)
            {
                writer.WriteStartObject(group.Key);
                WriteFigures(writer, [.. group.Figures, .. group.Latencies.SelectMany(l => l.Figures())]);
                writer.WriteEndObject();
            }
            WriteTargets(writer, report);
            WriteSeries(writer, report.Series);
            WriteHistograms(writer, report);
            writer.WriteString("command", context.CommandLine);
            writer.WriteString("machine", context.Machine);
            writer.WriteString("date", context.At.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteFigures(Utf8JsonWriter writer, IEnumerable<Figure> figures)
    {
        var keys = new HashSet<string>(StringComparer.Ordinal);
        foreach (var figure in figures)
        {
            if (!keys.Add(figure.Key)) throw new InvalidOperationException($"Two figures are called {figure.Key}.");
            WriteValue(writer, figure.Key, figure.Value);
        }
    }

    private static void WriteValue(Utf8JsonWriter writer, string key, object value)
    {
        if (value is bool flag) writer.WriteBoolean(key, flag);
        else if (value is string words) writer.WriteString(key, words);
        else if (value is double number && double.IsFinite(number)) writer.WriteNumber(key, number);
        else writer.WriteNull(key);
    }

    private static void WriteTargets(Utf8JsonWriter writer, LoadReport report)
    {
        writer.WriteStartObject("targets");
        var grouped = report.Groups.SelectMany(g => g.Figures.Concat(g.Latencies.SelectMany(l => l.Figures())).Select(f => ($"{g.Key}.{f.Key}", f)));
        foreach (var (name, figure) in report.AllFigures().Select(f => (f.Key, f)).Concat(grouped))
        {
            if (figure.Target is not { } target) continue;
            writer.WriteStartObject(name);
            writer.WriteNumber(target.IsLeast ? "at_least" : "at_most", target.Value);
            writer.WriteBoolean("met", figure.IsMet == true);
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
    }

    private static void WriteSeries(Utf8JsonWriter writer, IEnumerable<RateSeries> all)
    {
        writer.WriteStartObject("series");
        foreach (var series in all)
        {
            writer.WriteStartObject(series.Key);
            writer.WriteString("unit", series.Unit);
            WriteNumbers(writer, "seconds", series.Points.Select(p => Math.Round(p.Seconds, 3)));
            WriteNumbers(writer, "values", series.Points.Select(p => Math.Round(p.PerSecond, 3)));
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
    }

    private static void WriteHistograms(Utf8JsonWriter writer, LoadReport report)
    {
        writer.WriteStartObject("histograms");
        var grouped = report.Groups.SelectMany(g => g.Latencies.Select(l => ($"{g.Key}.{l.KeyOf("us")}", l)));
        foreach (var (name, latency) in report.Latencies.Select(l => (l.KeyOf("us"), l)).Concat(grouped))
        {
            var bins = latency.Bins();
            writer.WriteStartObject(name);
            WriteNumbers(writer, "upper", bins.Select(b => Math.Round(b.ToUs, 3)));
            WriteNumbers(writer, "count", bins.Select(b => (double)b.Count));
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
    }

    private static void WriteNumbers(Utf8JsonWriter writer, string key, IEnumerable<double> values)
    {
        writer.WriteStartArray(key);
        foreach (double value in values) writer.WriteNumberValue(double.IsFinite(value) ? value : 0);
        writer.WriteEndArray();
    }
}
