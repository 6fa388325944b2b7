namespace FastRelay.Load.Reports;

/// <summary>Figures of one part of a run, such as one kind of handshake: an object of its own in JSON, a heading of its own for a person.</summary>
/// <param name="Key">Its name in JSON.</param>
/// <param name="Title">Its name for a person.</param>
/// <param name="Figures">What was found.</param>
internal sealed record FigureGroup(string Key, string Title, IReadOnlyList<Figure> Figures)
{
    /// <summary>Its times.</summary>
    public IReadOnlyList<LatencyDistribution> Latencies { get; init; } = [];
}
