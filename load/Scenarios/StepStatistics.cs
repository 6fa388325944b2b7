using FastRelay.Load.Measurement;

namespace FastRelay.Load.Scenarios;

/// <summary>What was counted of a scenario or of one of its steps. Thread-safe.</summary>
internal sealed class StepStatistics
{
    private readonly Lock _gate = new();
    private readonly LatencyHistogram _times = new();
    private readonly SortedDictionary<string, long> _statusCodes = new(StringComparer.Ordinal);
    private long _ok;
    private long _failed;
    private long _bytes;

    /// <summary>Runs that did what they should.</summary>
    public long Ok => Volatile.Read(ref _ok);

    /// <summary>Runs that didn't.</summary>
    public long Failed => Volatile.Read(ref _failed);

    /// <summary>Bytes of all of them.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>How often each status came.</summary>
    public IReadOnlyDictionary<string, long> StatusCodes
    {
        get { lock (_gate) return new SortedDictionary<string, long>(_statusCodes, StringComparer.Ordinal); }
    }

    /// <summary>The times so far, as a copy of its own.</summary>
    public LatencyHistogram Times()
    {
        var copy = new LatencyHistogram();
        lock (_gate) copy.Add(_times);
        return copy;
    }

    /// <summary>Counts one run. Only those that did what they should have a time.</summary>
    public void Count(in StepResponse response, TimeSpan time)
    {
        lock (_gate)
        {
            if (response.IsOk) _ok++;
            else _failed++;
            _bytes += response.SizeBytes;
            _statusCodes[response.StatusCode] = _statusCodes.GetValueOrDefault(response.StatusCode) + 1;
            if (response.IsOk) _times.Record(time);
        }
    }

    /// <summary>A percentile of the times, in microseconds.</summary>
    public double PercentileUs(double percent)
    {
        lock (_gate) return _times.PercentileUs(percent);
    }
}
