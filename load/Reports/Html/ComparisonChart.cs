using System.Xml.Linq;

namespace FastRelay.Load.Reports.Html;

/// <summary>Values beside each other as bars, ours in the accent's colour. Each has its name above it, so that it fits a phone.</summary>
internal static class ComparisonChart
{
    private const double Left = 2;
    private const double Right = Svg.Width - 2;
    private const double Row = 46;

    /// <summary>Draws it.</summary>
    public static XElement Draw(Comparison comparison)
    {
        double most = comparison.Bars.Select(b => b.Value).Where(double.IsFinite).Append(0).Max();
        List<XElement> parts = [];
        for (int i = 0; i < comparison.Bars.Count; i++)
        {
            var (label, value) = comparison.Bars[i];
            double y = i * Row;
            double share = most > 0 && double.IsFinite(value) ? Math.Max(0, value) / most : 0;
            parts.Add(Svg.Text(Left, y + 15, label));
            parts.Add(Svg.Text(Right, y + 15, Figure.Format(value), "end", "label strong"));
            parts.Add(Svg.Rectangle(Left, y + 22, Right - Left, 14, "track"));
            parts.Add(Svg.Rectangle(Left, y + 22, share * (Right - Left), 14, i < comparison.Ours ? "bar" : "bar other"));
        }
        return Svg.Picture(
            comparison.Bars.Count * Row, $"{comparison.Title}, {comparison.Unit}: {string.Join(", ", comparison.Bars.Select(b => $"{b.Label} {Figure.Format(b.Value)}"))}", parts);
    }
}
