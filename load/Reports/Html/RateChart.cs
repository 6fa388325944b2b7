using System.Xml.Linq;

namespace FastRelay.Load.Reports.Html;

/// <summary>A rate over the time of the run: a line above 0.</summary>
internal static class RateChart
{
    private const double Left = 52;
    private const double Right = Svg.Width - 18;
    private const double Top = 14;
    private const double Bottom = 184;
    private const double Height = 222;

    /// <summary>Draws it.</summary>
    /// <param name="series">With at least one point.</param>
    public static XElement Draw(RateSeries series)
    {
        double[] rates = AxisScale.Linear(series.Points.Max(p => p.PerSecond), about: 4);
        double last = Math.Max(series.Points[^1].Seconds, 0.001);
        double X(double seconds) => Left + (seconds / last * (Right - Left));
        double Y(double rate) => Bottom - (Math.Max(0, rate) / rates[^1] * (Bottom - Top));

        List<XElement> parts = [];
        foreach (double rate in rates)
        {
            parts.Add(Svg.Line(Left, Y(rate), Right, Y(rate), rate == 0 ? "axis" : "grid"));
            parts.Add(Svg.Text(Left - 6, Y(rate) + 4, AxisScale.Short(rate), "end"));
        }
        foreach (double time in AxisScale.Linear(last, about: 6).Where(t => t <= last))
        {
            parts.Add(Svg.Line(X(time), Bottom, X(time), Bottom + 4, "axis"));
            parts.Add(Svg.Text(X(time), Bottom + 19, $"{AxisScale.Short(time)} s", "middle"));
        }
        (double X, double Y)[] line = [.. series.Points.Select(p => (X(p.Seconds), Y(p.PerSecond)))];
        parts.Add(Svg.Polygon([(line[0].X, Bottom), .. line, (line[^1].X, Bottom)], "area"));
        parts.Add(Svg.Polyline(line, "line"));
        return Svg.Picture(Height, $"{series.Label} in {series.Unit} over {AxisScale.Short(last)} s", parts);
    }
}
