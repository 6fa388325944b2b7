using System.Xml.Linq;

namespace FastRelay.Load.Reports.Html;

/// <summary>A ratio as a bar, with a mark at 1, which is the limit or the peer, and one at its target.</summary>
internal static class RatioChart
{
    private const double Left = 2;
    private const double Right = Svg.Width - 2;
    private const double BarTop = 28;
    private const double BarBottom = 46;
    private const double Height = 82;

    /// <summary>Draws it.</summary>
    /// <param name="figure">A ratio.</param>
    public static XElement Draw(Figure figure)
    {
        double value = figure.Value is double number && double.IsFinite(number) ? Math.Max(0, number) : 0;
        double most = 1.1 * Math.Max(1, Math.Max(value, figure.Target?.Value ?? 0));
        double X(double ratio) => Left + (ratio / most * (Right - Left));
        List<XElement> parts =
        [
            Svg.Text(Left, 15, figure.Label),
            Svg.Text(Right, 15, figure.Text, "end", "label strong"),
            Svg.Rectangle(Left, BarTop, Right - Left, BarBottom - BarTop, "track"),
            Svg.Rectangle(Left, BarTop, X(value) - Left, BarBottom - BarTop, figure.IsMet == false ? "bar short" : "bar"),
        ];
        (double X, double Y, string Words)[] marks =
        [
            (X(1), BarBottom + 14, $"1 = {figure.RatioTo}"),
            .. figure.Target is { } target ? [(X(target.Value), BarBottom + 30, $"target {target.Text(2)}")] : ((double, double, string)[])[],
        ];
        parts.AddRange(marks.Select(m => Svg.Line(m.X, BarTop - 3, m.X, m.Y, "mark")));
        parts.AddRange(marks.Select(m => m.X > Svg.Width / 2 ? Svg.Text(m.X - 5, m.Y, m.Words, "end") : Svg.Text(m.X + 5, m.Y, m.Words)));
        return Svg.Picture(Height, $"{figure.Label}: {figure.Text}", parts);
    }
}
