namespace FastRelay.Load.Reports;

/// <summary>What a figure is to reach. A report says whether it does; no run fails because of it.</summary>
/// <param name="Value">The bound, in the figure's unit.</param>
/// <param name="IsLeast">Whether it is the least that is wanted; else it is the most.</param>
internal readonly record struct FigureTarget(double Value, bool IsLeast)
{
    /// <summary>At least so much.</summary>
    public static FigureTarget AtLeast(double value) => new(value, IsLeast: true);

    /// <summary>At most so much.</summary>
    public static FigureTarget AtMost(double value) => new(value, IsLeast: false);

    /// <summary>Whether a value reaches it. What couldn't be measured (not a number) doesn't.</summary>
    public bool IsMetBy(double value) => IsLeast ? value >= Value : value <= Value;

    /// <summary>For a person.</summary>
    public string Text(int decimals) => $"{(IsLeast ? "≥" : "≤")} {Figure.Format(Value, decimals)}";
}
