using System.Collections.Concurrent;
using FastRelay.Load.Reports;

namespace FastRelay.Load.Scenarios;

/// <summary>What was counted while a scenario ran.</summary>
internal sealed class ScenarioResult
{
    private readonly ConcurrentDictionary<string, StepStatistics> _steps = new(StringComparer.Ordinal);

    /// <summary>Whole runs.</summary>
    public StepStatistics Total { get; } = new();

    /// <summary>From the first run's start to the last one's end.</summary>
    public TimeSpan Elapsed { get; set; }

    /// <summary>Whether the threshold of failures was passed.</summary>
    public bool GivenUp { get; set; }

    /// <summary>Runs that ended, a second, over the time of the whole.</summary>
    public IReadOnlyList<RatePoint> Rates { get; set; } = [];

    /// <summary>The same for a report.</summary>
    public RateSeries Rate(string key, string label, string unit) => new(key, label, unit, Rates);

    /// <summary>The statistics of a step.</summary>
    public StepStatistics Step(string name) => _steps.GetOrAdd(name, static _ => new StepStatistics());
}
