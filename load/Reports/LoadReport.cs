namespace FastRelay.Load.Reports;

/// <summary>
/// What a run of any command came to. The table, the JSON object and the HTML page are all made from this, so none of them can say
/// something else than the others.
/// </summary>
internal sealed record LoadReport
{
    /// <summary>The command.</summary>
    public required string Name { get; init; }

    /// <summary>What was measured, in a few words.</summary>
    public required string Title { get; init; }

    /// <summary>What the run was told.</summary>
    public IReadOnlyList<Figure> Parameters { get; init; } = [];

    /// <summary>What it found.</summary>
    public IReadOnlyList<Figure> Figures { get; init; } = [];

    /// <summary>What it found in parts that have the same figures.</summary>
    public IReadOnlyList<FigureGroup> Groups { get; init; } = [];

    /// <summary>Its times.</summary>
    public IReadOnlyList<LatencyDistribution> Latencies { get; init; } = [];

    /// <summary>Its rates over time.</summary>
    public IReadOnlyList<RateSeries> Series { get; init; } = [];

    /// <summary>Bars that put figures beside each other.</summary>
    public IReadOnlyList<Comparison> Comparisons { get; init; } = [];

    /// <summary>What a reader must know to read the figures rightly, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Every figure outside of the groups: parameters, findings, percentiles.</summary>
    public IEnumerable<Figure> AllFigures() => [.. Parameters, .. Figures, .. Latencies.SelectMany(l => l.Figures())];
}
