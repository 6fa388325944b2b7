using FastRelay.Load.Measurement;

namespace FastRelay.Load.Reports;

/// <summary>How long something took: percentiles in the table and in JSON, a chart in HTML.</summary>
/// <param name="Key">Before the percentiles' names in JSON: <c>ack</c> makes <c>ack_p50_us</c>; empty makes <c>p50_us</c>.</param>
/// <param name="Label">For a person.</param>
/// <param name="Times">What was recorded; not written to any more.</param>
internal sealed record LatencyDistribution(string Key, string Label, LatencyHistogram Times)
{
    /// <summary>Bins an octave: each is 9 % wider than the one before, fine enough to show two humps.</summary>
    private const int BinsPerOctave = 8;

    /// <summary>What the 99th percentile is to stay below, in microseconds.</summary>
    public double? P99AtMostUs { get; init; }

    /// <summary>Its percentiles as figures.</summary>
    public IEnumerable<Figure> Figures()
    {
        yield return Percentile("p50_us", "p50", Times.PercentileUs(50));
        yield return Percentile("p99_us", "p99", Times.PercentileUs(99)) with { Target = P99AtMostUs is { } most ? FigureTarget.AtMost(most) : null };
        yield return Percentile("p999_us", "p99.9", Times.PercentileUs(99.9));
        yield return Percentile("max_us", "longest", Times.Max.TotalMicroseconds);
    }

    /// <summary>The name of something of it in JSON.</summary>
    public string KeyOf(string name) => Key.Length == 0 ? name : $"{Key}_{name}";

    /// <summary>The times in bins of growing width, those in the middle without any included.</summary>
    public IReadOnlyList<LatencyBin> Bins()
    {
        var counts = new SortedDictionary<int, long>();
        foreach (var (upper, count) in Times.Buckets())
        {
            int bin = upper <= 1 ? 0 : (int)Math.Ceiling(Math.Log2(upper) * BinsPerOctave);
            counts[bin] = counts.GetValueOrDefault(bin) + count;
        }
        if (counts.Count == 0) return [];
        int first = counts.Keys.First();
        return [.. Enumerable.Range(first, counts.Keys.Last() - first + 1)
            .Select(bin => new LatencyBin(EdgeUs(bin - 1), EdgeUs(bin), counts.GetValueOrDefault(bin)))];
    }

    private static double EdgeUs(int bin) => Math.Pow(2, (double)bin / BinsPerOctave) / 1000;

    private Figure Percentile(string name, string label, double value) => Figure.Number(KeyOf(name), $"{Label}, {label}", value, unit: "µs");
}
