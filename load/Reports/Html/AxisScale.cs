using System.Globalization;

namespace FastRelay.Load.Reports.Html;

/// <summary>Round numbers along an axis, and how they are written.</summary>
internal static class AxisScale
{
    private static readonly double[] Steps = [1, 2, 5, 10];

    /// <summary>From 0 up in equal steps of 1, 2 or 5 times a power of ten; the last one is at least <paramref name="most"/>.</summary>
    /// <param name="most">The largest value to be shown; what isn't above 0 counts as 1.</param>
    /// <param name="about">About how many steps.</param>
    public static double[] Linear(double most, int about)
    {
        if (!double.IsFinite(most) || most <= 0) most = 1;
        double rough = most / about;
        double magnitude = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = magnitude * Steps.First(s => s * magnitude >= rough * 0.999);
        int count = (int)Math.Ceiling((most / step) - 1e-9);
        return [.. Enumerable.Range(0, count + 1).Select(i => i * step)];
    }

    /// <summary>1, 2 and 5 times powers of ten between two bounds, thinned out to powers of ten where there would be too many.</summary>
    public static double[] Logarithmic(double from, double to, int most)
    {
        double[] all = [.. Decades(from, to).SelectMany(d => (double[])[d, 2 * d, 5 * d]).Where(v => v >= from && v <= to)];
        return all.Length <= most ? all : [.. Decades(from, to).Where(v => v >= from && v <= to)];
    }

    /// <summary>A count in few characters: 950, 12 k, 3.4 M.</summary>
    public static string Short(double value) => Math.Abs(value) switch
    {
        >= 1e6 => $"{Few(value / 1e6)} M",
        >= 1e4 => $"{Few(value / 1e3)} k",
        _ => Few(value),
    };

    /// <summary>A time given in microseconds, in the unit that fits it.</summary>
    public static string Time(double microseconds) => microseconds switch
    {
        >= 1e6 => $"{Few(microseconds / 1e6)} s",
        >= 1e3 => $"{Few(microseconds / 1e3)} ms",
        >= 1 => $"{Few(microseconds)} µs",
        _ => $"{Few(microseconds * 1e3)} ns",
    };

    private static IEnumerable<double> Decades(double from, double to)
    {
        for (int power = (int)Math.Floor(Math.Log10(from)); power <= Math.Ceiling(Math.Log10(to)); power++) yield return Math.Pow(10, power);
    }

    /// <summary>Three figures that count.</summary>
    private static string Few(double value) => value.ToString(
        Math.Abs(value) switch { >= 100 => "0", >= 10 => "0.#", _ => "0.##" }, CultureInfo.InvariantCulture);
}
