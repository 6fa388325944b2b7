using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace FastRelay.Server.Metrics;

/// <summary>
/// The instruments of one meter as Prometheus text (exposition format 0.0.4): HELP and TYPE once a family, counters named <c>_total</c>,
/// histograms as cumulative buckets. Thread-safe.
/// </summary>
/// <remarks>Listens to its meter alone, so that two servers in one process don't mix.</remarks>
public sealed class PrometheusExposition : IDisposable
{
    /// <summary>The format's media type.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly Lock _gate = new();
    private readonly Meter _meter;
    private readonly MeterListener _listener = new();
    private readonly SortedDictionary<string, MetricFamily> _families = new(StringComparer.Ordinal);

    /// <summary>Listens to the instruments of <paramref name="meter"/>, those made later included. The meter stays the caller's.</summary>
    public PrometheusExposition(Meter meter)
    {
        _meter = meter;
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter, _meter)) listener.EnableMeasurementEvents(instrument, FamilyOf(instrument));
        };
        _listener.SetMeasurementEventCallback<long>(OnMeasurement);
        _listener.SetMeasurementEventCallback<int>((i, value, tags, family) => OnMeasurement(i, value, tags, family));
        _listener.SetMeasurementEventCallback<double>(OnMeasurement);
        _listener.Start();
    }

    /// <summary>The text, taken now.</summary>
    public string Render()
    {
        lock (_gate)
        {
            _listener.RecordObservableInstruments();
            var text = new StringBuilder(4096);
            foreach (var family in _families.Values) family.Render(text);
            return text.ToString();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private MetricFamily FamilyOf(Instrument instrument)
    {
        lock (_gate)
        {
            var made = MetricFamily.Of(instrument);
            if (!_families.TryGetValue(made.Name, out var family)) _families[made.Name] = family = made;
            return family;
        }
    }

    private void OnMeasurement(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? family) =>
        OnMeasurement(instrument, (double)value, tags, family);

    private void OnMeasurement(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? family)
    {
        lock (_gate) ((MetricFamily)family!).Record(value, tags);
    }

    internal static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        double.NaN => "NaN",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };
}
