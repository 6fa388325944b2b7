using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace FastRelay.Server.Metrics;

/// <summary>One metric with its label sets, as Prometheus writes it. The exposition's lock guards it.</summary>
internal sealed class MetricFamily
{
    private readonly string _help;
    private readonly string _type;
    private readonly bool _isSum;
    private readonly double[]? _bounds;
    private readonly SortedDictionary<string, Sample> _samples = new(StringComparer.Ordinal);

    private MetricFamily(string name, string help, string type, bool isSum, double[]? bounds)
    {
        Name = name;
        _help = help;
        _type = type;
        _isSum = isSum;
        _bounds = bounds;
    }

    public string Name { get; }

    public static MetricFamily Of(Instrument instrument)
    {
        var kind = instrument.GetType().GetGenericTypeDefinition();
        bool counter = kind == typeof(Counter<>) || kind == typeof(ObservableCounter<>);
        bool histogram = kind == typeof(Histogram<>);
        bool sum = kind == typeof(Counter<>) || kind == typeof(UpDownCounter<>);
        string name = MetricName(instrument.Name);
        if (counter && !name.EndsWith("_total", StringComparison.Ordinal)) name += "_total";
        double[]? bounds = histogram ? Bounds(instrument) : null;
        return new MetricFamily(name, instrument.Description ?? "", counter ? "counter" : histogram ? "histogram" : "gauge", sum, bounds);
    }

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        string labels = Labels(tags);
        if (!_samples.TryGetValue(labels, out var sample)) _samples[labels] = sample = new Sample(_bounds?.Length ?? 0);
        if (_bounds is not null) sample.Observe(value, _bounds);
        else if (_isSum) sample.Value += value;
        else sample.Value = value;
    }

    public void Render(StringBuilder text)
    {
        text.Append("# HELP ").Append(Name).Append(' ').Append(EscapeHelp(_help)).Append('\n');
        text.Append("# TYPE ").Append(Name).Append(' ').Append(_type).Append('\n');
        foreach (var (labels, sample) in _samples)
        {
            if (_bounds is null) Line(text, Name, labels, PrometheusExposition.Number(sample.Value));
            else RenderHistogram(text, labels, sample, _bounds);
        }
    }

    private void RenderHistogram(StringBuilder text, string labels, Sample sample, double[] bounds)
    {
        string before = labels.Length == 0 ? "" : labels + ",";
        long cumulative = 0;
        for (int i = 0; i < bounds.Length; i++)
        {
            cumulative += sample.Buckets[i];
            Line(text, Name + "_bucket", $"{before}le=\"{PrometheusExposition.Number(bounds[i])}\"", Whole(cumulative));
        }
        Line(text, Name + "_bucket", before + "le=\"+Inf\"", Whole(sample.Count));
        Line(text, Name + "_sum", labels, PrometheusExposition.Number(sample.Value));
        Line(text, Name + "_count", labels, Whole(sample.Count));
    }

    private static void Line(StringBuilder text, string name, string labels, string value)
    {
        text.Append(name);
        if (labels.Length > 0) text.Append('{').Append(labels).Append('}');
        text.Append(' ').Append(value).Append('\n');
    }

    private static string Whole(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static double[] Bounds(Instrument instrument) =>
        instrument is Histogram<double> { Advice.HistogramBucketBoundaries: { Count: > 0 } advised } ? [.. advised] : [0.01, 0.1, 1, 10];

    /// <summary>[a-zA-Z_:][a-zA-Z0-9_:]*</summary>
    private static string MetricName(string name)
    {
        var text = new StringBuilder(name.Length);
        foreach (char c in name) text.Append(char.IsAsciiLetterOrDigit(c) || c is '_' or ':' ? c : '_');
        if (char.IsAsciiDigit(text[0])) text.Insert(0, '_');
        return text.ToString();
    }

    private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty) return "";
        var text = new StringBuilder();
        foreach (var (name, value) in tags)
        {
            if (text.Length > 0) text.Append(',');
            string label = MetricName(name).Replace(':', '_');
            text.Append(label).Append("=\"").Append(EscapeLabel(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "")).Append('"');
        }
        return text.ToString();
    }

    private static string EscapeHelp(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string EscapeLabel(string text) => EscapeHelp(text).Replace("\"", "\\\"", StringComparison.Ordinal);

    private sealed class Sample(int bounds)
    {
        public double Value { get; set; }

        public long Count { get; private set; }

        public long[] Buckets { get; } = new long[bounds];

        public void Observe(double value, double[] limits)
        {
            int bucket = Array.FindIndex(limits, limit => value <= limit);
            if (bucket >= 0) Buckets[bucket]++;
            Value += value;
            Count++;
        }
    }
}
