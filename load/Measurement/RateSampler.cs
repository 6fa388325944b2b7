using FastRelay.Load.Reports;

namespace FastRelay.Load.Measurement;

/// <summary>
/// Turns a count that grows into a rate over time, by looking at it every so often. It runs from its start until it is disposed; the reads
/// of the count are on a thread of the pool.
/// </summary>
internal sealed class RateSampler : IAsyncDisposable
{
    /// <summary>How often it looks, unless told otherwise.</summary>
    public static readonly TimeSpan DefaultInterval = TimeSpan.FromMilliseconds(500);

    private readonly Lock _gate = new();
    private readonly List<RatePoint> _points = [];
    private readonly Func<long> _count;
    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly ITimer _timer;
    private TimeSpan _lastAt;
    private long _last;

    private RateSampler(Func<long> count, TimeProvider time, TimeSpan interval)
    {
        _count = count;
        _time = time;
        _last = count();
        _started = time.GetTimestamp();
        _timer = time.CreateTimer(_ => Sample(), state: null, interval, interval);
    }

    /// <summary>Starts one.</summary>
    /// <param name="count">The count; it may be read from any thread.</param>
    /// <param name="interval">How often to look.</param>
    /// <param name="time">The clock; the system's, unless given.</param>
    public static RateSampler Start(Func<long> count, TimeSpan? interval = null, TimeProvider? time = null) =>
        new(count, time ?? TimeProvider.System, interval ?? DefaultInterval);

    /// <summary>What was seen so far.</summary>
    public RateSeries Series(string key, string label, string unit)
    {
        lock (_gate) return new RateSeries(key, label, unit, [.. _points]);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void Sample()
    {
        lock (_gate)
        {
            var at = _time.GetElapsedTime(_started);
            long now = _count();
            double seconds = (at - _lastAt).TotalSeconds;
            // Two ticks of the timer that were late may come at the same moment.
            if (seconds <= 0) return;
            _points.Add(new RatePoint(at.TotalSeconds, (now - _last) / seconds));
            (_last, _lastAt) = (now, at);
        }
    }
}
