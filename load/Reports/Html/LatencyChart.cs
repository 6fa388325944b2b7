using System.Xml.Linq;

namespace FastRelay.Load.Reports.Html;

/// <summary>How often each time came: bars over a logarithmic axis, with the percentiles marked.</summary>
internal static class LatencyChart
{
    private const double Left = 46;
    private const double Right = Svg.Width - 14;
    private const double Top = 58;
    private const double Bottom = 224;
    private const double Height = 262;

    private static readonly (string Name, double Percent)[] Marked = [("p50", 50), ("p99", 99), ("p99.9", 99.9)];

    /// <summary>Draws it.</summary>
    /// <param name="latency">With at least one time.</param>
    public static XElement Draw(LatencyDistribution latency)
    {
        var bins = latency.Bins();
        // A single bin would fill the whole width and say nothing.
        double from = Math.Log2(bins[0].FromUs) - 0.5;
        double to = Math.Log2(bins[^1].ToUs) + 0.5;
        double X(double microseconds) => Left + ((Math.Log2(microseconds) - from) / (to - from) * (Right - Left));

        double total = latency.Times.Count;
        double[] shares = AxisScale.Linear(bins.Max(b => b.Count) / total * 100, about: 4);
        double Y(double percent) => Bottom - (percent / shares[^1] * (Bottom - Top));

        List<XElement> parts = [];
        foreach (double share in shares)
        {
            parts.Add(Svg.Line(Left, Y(share), Right, Y(share), "grid"));
            parts.Add(Svg.Text(Left - 6, Y(share) + 4, $"{AxisScale.Short(share)} %", "end"));
        }
        foreach (var bin in bins.Where(b => b.Count > 0))
        {
            double share = bin.Count / total * 100;
            parts.Add(Svg.Rectangle(
                X(bin.FromUs), Y(share), X(bin.ToUs) - X(bin.FromUs), Bottom - Y(share), "bar",
                $"{AxisScale.Time(bin.FromUs)} to {AxisScale.Time(bin.ToUs)}: {Figure.Format(bin.Count)} ({Figure.Format(share, 2)} %)"));
        }
        parts.Add(Svg.Line(Left, Bottom, Right, Bottom, "axis"));
        foreach (double tick in AxisScale.Logarithmic(Math.Pow(2, from), Math.Pow(2, to), most: 8))
        {
            parts.Add(Svg.Line(X(tick), Bottom, X(tick), Bottom + 4, "axis"));
            // At the edges there is no room for the words.
            if (X(tick) > Left + 12 && X(tick) < Right - 12) parts.Add(Svg.Text(X(tick), Bottom + 19, AxisScale.Time(tick), "middle"));
        }
        parts.AddRange(Marks(latency, X));
        return Svg.Picture(Height, $"Distribution of {latency.Label}: {string.Join(", ", latency.Figures().Select(f => $"{f.Label} {f.Text}"))}", parts);
    }

    private static IEnumerable<XElement> Marks(LatencyDistribution latency, Func<double, double> x)
    {
        // A row each: close percentiles would write over each other. The lines first, so that the words are above them.
        (double X, double Y, string Words)[] marks = [.. Marked.Select((mark, row) =>
        {
            double us = Math.Max(latency.Times.PercentileUs(mark.Percent), 0.001);
            return (Math.Min(x(us), Right), 14.0 + (row * 15), $"{mark.Name} {AxisScale.Time(us)}");
        })];
        foreach (var mark in marks) yield return Svg.Line(mark.X, mark.Y - 10, mark.X, Bottom, "mark");
        foreach (var mark in marks)
        {
            bool toTheLeft = mark.X > Svg.Width * 0.7;
            yield return Svg.Text(toTheLeft ? mark.X - 5 : mark.X + 5, mark.Y, mark.Words, toTheLeft ? "end" : "start", "label strong");
        }
    }
}
