namespace FastRelay.Load.Reports;

/// <summary>A rate over the time of a run.</summary>
/// <param name="Key">Its name in JSON.</param>
/// <param name="Label">Its name for a person.</param>
/// <param name="Unit">Of the values, such as <c>heartbeats/s</c>.</param>
/// <param name="Points">In order of time.</param>
internal sealed record RateSeries(string Key, string Label, string Unit, IReadOnlyList<RatePoint> Points);
