using System.Globalization;
using System.Xml.Linq;

namespace FastRelay.Load.Reports.Html;

/// <summary>
/// The few SVG elements that the charts are drawn with. Everything that is text goes through the XML writer, so nothing that a chart is
/// given can become markup. Colours and fonts are classes, which the page's style defines for light and dark.
/// </summary>
internal static class Svg
{
    /// <summary>Width of every chart in its own units; on the page it is as wide as there is room.</summary>
    public const double Width = 480;

    /// <summary>A picture.</summary>
    /// <param name="height">In the chart's units.</param>
    /// <param name="description">What it shows, for who can't see it.</param>
    /// <param name="content">Its parts.</param>
    public static XElement Picture(double height, string description, IEnumerable<XElement> content) => new(
        "svg", new XAttribute("viewBox", $"0 0 {N(Width)} {N(height)}"), new XAttribute("role", "img"), new XAttribute("aria-label", HtmlText.Clean(description)), content);

    /// <summary>A line.</summary>
    public static XElement Line(double x1, double y1, double x2, double y2, string style) => new(
        "line", Number("x1", x1), Number("y1", y1), Number("x2", x2), Number("y2", y2), Class(style));

    /// <summary>A rectangle, which tells more when it is pointed at.</summary>
    public static XElement Rectangle(double x, double y, double width, double height, string style, string? hint = null) => new(
        "rect", Number("x", x), Number("y", y), Number("width", Math.Max(0, width)), Number("height", Math.Max(0, height)), Class(style),
        hint is null ? null : new XElement("title", HtmlText.Clean(hint)));

    /// <summary>Words.</summary>
    /// <param name="x">Where they are anchored.</param>
    /// <param name="y">Their base line.</param>
    /// <param name="words">What to write.</param>
    /// <param name="anchor">start, middle or end.</param>
    /// <param name="style">The class.</param>
    public static XElement Text(double x, double y, string words, string anchor = "start", string style = "label") => new(
        "text", Number("x", x), Number("y", y), new XAttribute("text-anchor", anchor), Class(style), HtmlText.Clean(words));

    /// <summary>A line through points.</summary>
    public static XElement Polyline(IEnumerable<(double X, double Y)> points, string style) => new("polyline", Points(points), Class(style));

    /// <summary>An area within points.</summary>
    public static XElement Polygon(IEnumerable<(double X, double Y)> points, string style) => new("polygon", Points(points), Class(style));

    private static XAttribute Points(IEnumerable<(double X, double Y)> points) => new("points", string.Join(' ', points.Select(p => $"{N(p.X)},{N(p.Y)}")));

    private static XAttribute Class(string style) => new("class", style);

    private static XAttribute Number(string name, double value) => new(name, N(value));

    private static string N(double value) => Math.Round(value, 2).ToString(CultureInfo.InvariantCulture);
}
