namespace FastRelay.Load.Reports;

/// <summary>Values of one kind beside each other, as bars. They are figures as well; this only draws them.</summary>
/// <param name="Title">What is compared.</param>
/// <param name="Unit">Of the values.</param>
/// <param name="Bars">A name and a value each.</param>
internal sealed record Comparison(string Title, string Unit, IReadOnlyList<(string Label, double Value)> Bars)
{
    /// <summary>How many of the bars, from the first on, are of this program; the others are drawn in grey.</summary>
    public int Ours { get; init; } = 1;
}
