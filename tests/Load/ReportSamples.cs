using FastRelay.Load.Measurement;
using FastRelay.Load.Reports;

namespace FastRelay.Load.Tests;

/// <summary>Reports that have everything in them.</summary>
internal static class ReportSamples
{
    public static ReportContext Context { get; } = new("load sample", "a machine", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    public static LatencyHistogram Times(params long[] nanoseconds)
    {
        var times = new LatencyHistogram();
        foreach (long time in nanoseconds) times.Record(time);
        return times;
    }

    /// <summary>Every kind of part, with a text of the caller's in every place that holds one.</summary>
    public static LoadReport WithEverything(string text) => new()
    {
        Name = text,
        Title = text,
        Parameters = [Figure.Words("words", text, text), Figure.Flag("flag", text, true)],
        Figures =
        [
            Figure.Number("number", text, 1234.5, 1, text) with { Target = FigureTarget.AtMost(2000) },
            Figure.Number("unmeasured", text, double.NaN) with { Target = FigureTarget.AtLeast(1) },
            Figure.Ratio("ratio", text, 0.9, text, FigureTarget.AtLeast(0.95)),
        ],
        Groups = [new FigureGroup("part", text, [Figure.Number("number", text, 3)]) { Latencies = [new LatencyDistribution("", text, Times(1_000, 2_000_000))] }],
        Latencies = [new LatencyDistribution("ack", text, Times(0, 100_000, 120_000, 5_000_000)), new LatencyDistribution("none", text, Times())],
        Series =
        [
            new RateSeries("rate", text, text, [new RatePoint(0.5, 10), new RatePoint(1, 0), new RatePoint(1.5, 30)]),
            new RateSeries("still", text, text, [new RatePoint(0.5, 0)]),
            new RateSeries("empty", text, text, []),
        ],
        Comparisons = [new Comparison(text, text, [(text, 5), (text, double.NaN), (text, 0)]), new Comparison(text, text, [])],
        Notes = [text],
    };
}
