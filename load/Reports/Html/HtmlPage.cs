using System.Globalization;
using System.Xml.Linq;

namespace FastRelay.Load.Reports.Html;

/// <summary>
/// A report as one HTML page that needs nothing else: no script, no style, font or picture from elsewhere, and it forbids the browser to
/// fetch any. It is built as XML, so every text in it is escaped by the writer.
/// </summary>
internal static class HtmlPage
{
    /// <summary>Writes it.</summary>
    public static string Write(LoadReport report, ReportContext context)
    {
        var page = new XElement(
            "html",
            new XAttribute("lang", "en"),
            new XElement(
                "head",
                new XElement("meta", new XAttribute("charset", "utf-8")),
                new XElement("meta", new XAttribute("name", "viewport"), new XAttribute("content", "width=device-width, initial-scale=1")),
                new XElement(
                    "meta", new XAttribute("http-equiv", "Content-Security-Policy"), new XAttribute("content", "default-src 'none'; style-src 'unsafe-inline'")),
                new XElement("title", HtmlText.Clean($"FastRelay load: {report.Name}")),
                new XElement("style", PageStyle.Text)),
            new XElement("body", Head(report, context), Ratios(report), Charts(report), Tables(report), Notes(report)));
        return $"<!DOCTYPE html>\n{page.ToString(SaveOptions.DisableFormatting)}\n";
    }

    private static IEnumerable<XElement> Head(LoadReport report, ReportContext context)
    {
        yield return Element("h1", report.Name);
        yield return new XElement("p", new XAttribute("class", "lead"), HtmlText.Clean(report.Title));
        yield return new XElement(
            "dl",
            Element("dt", "command"), new XElement("dd", Element("code", context.CommandLine)),
            Element("dt", "machine"), Element("dd", context.Machine),
            Element("dt", "date"), Element("dd", context.At.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture)));
    }

    private static IEnumerable<XElement> Ratios(LoadReport report) => Section(
        "Ratios",
        from figure in report.AllFigures().Concat(report.Groups.SelectMany(g => g.Figures))
        where figure.RatioTo is not null
        select new XElement("figure", RatioChart.Draw(figure)));

    private static IEnumerable<XElement> Charts(LoadReport report) => Section(
        "Charts",
        [
            .. report.Comparisons.Where(c => c.Bars.Count > 0).Select(c => Chart(c.Title, c.Unit, ComparisonChart.Draw(c))),
            .. report.Series.Where(s => s.Points.Count > 0).Select(s => Chart(s.Label, s.Unit, RateChart.Draw(s))),
            .. Latencies("", report.Latencies),
            .. report.Groups.SelectMany(g => Latencies($"{g.Title}: ", g.Latencies)),
        ]);

    private static IEnumerable<XElement> Latencies(string prefix, IEnumerable<LatencyDistribution> latencies) =>
        latencies.Where(l => l.Times.Count > 0)
            .Select(l => Chart($"{prefix}{l.Label}", $"{Figure.Format(l.Times.Count)} times", LatencyChart.Draw(l)));

    private static IEnumerable<XElement> Tables(LoadReport report) =>
    [
        .. Table("Figures", [.. report.Figures, .. report.Latencies.SelectMany(l => l.Figures())]),
        .. report.Groups.SelectMany(g => Table(g.Title, [.. g.Figures, .. g.Latencies.SelectMany(l => l.Figures())])),
        .. Table("What the run was told", report.Parameters),
    ];

    private static IEnumerable<XElement> Table(string title, IReadOnlyList<Figure> figures)
    {
        if (figures.Count == 0) yield break;
        yield return Element("h2", title);
        yield return new XElement("table", new XElement("tbody", figures.Select(f => new XElement(
            "tr", new XElement("th", new XAttribute("scope", "row"), HtmlText.Clean(f.Label)), new XElement("td", HtmlText.Clean(f.Text), Verdict(f))))));
    }

    private static XElement? Verdict(Figure figure) => figure.Target is not { } target
        ? null
        : new XElement(
            "span", new XAttribute("class", figure.IsMet == true ? "verdict met" : "verdict missed"),
            HtmlText.Clean($"target {target.Text(figure.Decimals)}: {(figure.IsMet == true ? "met" : "not met")}"));

    private static IEnumerable<XElement> Notes(LoadReport report)
    {
        if (report.Notes.Count == 0) yield break;
        yield return Element("h2", "How to read them");
        foreach (string note in report.Notes) yield return new XElement("p", new XAttribute("class", "note"), HtmlText.Clean(note));
    }

    private static IEnumerable<XElement> Section(string title, IEnumerable<XElement> figures)
    {
        XElement[] all = [.. figures];
        return all.Length == 0 ? [] : [Element("h2", title), new XElement("div", new XAttribute("class", "charts"), all)];
    }

    private static XElement Chart(string title, string unit, XElement picture) =>
        new("figure", new XElement("figcaption", HtmlText.Clean(title), " ", Element("small", unit)), picture);

    private static XElement Element(string name, string text) => new(name, HtmlText.Clean(text));
}
