using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using FastRelay.Load.Reports.Html;

namespace FastRelay.Load.Tests;

public sealed class HtmlPageTests
{
    private const string Hostile = "<script>alert('x')</script> & \"quoted\" ]]> <!-- \u0001\uD800 é 心";

    // In HTML only these may have no content; of any other, "<p/>" opens one that is never closed.
    private static readonly HashSet<string> MayBeEmpty = ["meta", "line", "rect", "polyline", "polygon"];

    [Fact]
    public void A_page_is_well_formed()
    {
        var page = Parse(HtmlPage.Write(ReportSamples.WithEverything("plain"), ReportSamples.Context));
        page.Root!.Name.LocalName.ShouldBe("html");
        page.Descendants().Where(e => e.IsEmpty).Select(e => e.Name.LocalName).ShouldAllBe(name => MayBeEmpty.Contains(name));
    }

    [Fact]
    public void A_page_refers_to_nothing_outside_and_runs_nothing()
    {
        string text = HtmlPage.Write(ReportSamples.WithEverything("plain"), ReportSamples.Context);
        Regex.IsMatch(text, @"https?:|//|url\(|@import|src=|href|<script|<link|<iframe|\son[a-z]+=", RegexOptions.IgnoreCase).ShouldBeFalse();
        text.ShouldContain("default-src 'none'");
    }

    [Fact]
    public void Text_of_any_kind_in_any_place_stays_text()
    {
        string text = HtmlPage.Write(ReportSamples.WithEverything(Hostile), ReportSamples.Context with { CommandLine = Hostile, Machine = Hostile });
        text.ShouldNotContain("<script");
        var page = Parse(text);
        page.Descendants("script").ShouldBeEmpty();
        string cleaned = Hostile.Replace('\u0001', '\uFFFD').Replace('\uD800', '\uFFFD');
        page.Descendants("code").Single().Value.ShouldBe(cleaned);
        page.Descendants("h1").Single().Value.ShouldBe(cleaned);
        page.Descendants("svg").ShouldNotBeEmpty();
    }

    [Fact]
    public void A_pages_style_is_what_a_browser_reads()
    {
        // A browser doesn't unescape the content of a style element, so there may be nothing to escape in it.
        PageStyle.Text.ShouldNotContain('<');
        PageStyle.Text.ShouldNotContain('>');
        PageStyle.Text.ShouldNotContain('&');
    }

    [Fact]
    public void A_page_shows_every_figure_target_chart_and_note()
    {
        var report = ReportSamples.WithEverything("plain");
        var page = Parse(HtmlPage.Write(report, ReportSamples.Context));
        int figures = report.AllFigures().Count() + report.Groups.Sum(g => g.Figures.Count + g.Latencies.Sum(l => l.Figures().Count()));
        page.Descendants("tr").Count().ShouldBe(figures);
        page.Descendants("span").Select(s => s.Value).ShouldBe(["target ≤ 2,000.0: met", "target ≥ 1: not met", "target ≥ 0.950: not met"]);
        // A ratio, a comparison, two rates, and two distributions: what is empty has no chart.
        page.Descendants("svg").Count().ShouldBe(6);
        page.Descendants("p").Count().ShouldBe(2);
    }

    [Fact]
    public void Every_point_of_every_chart_is_a_number_within_the_picture()
    {
        var page = Parse(HtmlPage.Write(ReportSamples.WithEverything("plain"), ReportSamples.Context));
        foreach (var picture in page.Descendants("svg"))
        {
            double height = double.Parse(picture.Attribute("viewBox")!.Value.Split(' ')[3]);
            foreach (string name in (string[])["x", "x1", "x2", "width"]) Numbers(picture, name).ShouldAllBe(v => v >= 0 && v <= Svg.Width);
            foreach (string name in (string[])["y", "y1", "y2", "height"]) Numbers(picture, name).ShouldAllBe(v => v >= 0 && v <= height);
            picture.Descendants().Attributes("points").SelectMany(a => a.Value.Split(' ')).ShouldAllBe(p => p.Split(',').All(v => double.IsFinite(double.Parse(v))));
        }
    }

    [Theory]
    [InlineData(0, 4, new double[] { 0, 0.5, 1 })]
    [InlineData(0.9, 4, new double[] { 0, 0.5, 1 })]
    [InlineData(23_456, 4, new double[] { 0, 10_000, 20_000, 30_000 })]
    [InlineData(4, 4, new double[] { 0, 1, 2, 3, 4 })]
    public void An_axis_has_round_steps_up_to_its_largest_value(double most, int about, double[] steps) => AxisScale.Linear(most, about).ShouldBe(steps);

    [Theory]
    [InlineData(0.5, "500 ns")]
    [InlineData(950, "950 µs")]
    [InlineData(12_340, "12.3 ms")]
    [InlineData(2_000_000, "2 s")]
    public void A_time_is_told_in_the_unit_that_fits_it(double microseconds, string text) => AxisScale.Time(microseconds).ShouldBe(text);

    private static IEnumerable<double> Numbers(XElement picture, string attribute) => picture.Descendants().Attributes(attribute).Select(a => double.Parse(a.Value));

    private static XDocument Parse(string page)
    {
        using var reader = XmlReader.Create(new StringReader(page), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore, XmlResolver = null });
        return XDocument.Load(reader);
    }
}
