using System.Globalization;

namespace FastRelay.Load.Reports;

/// <summary>
/// One thing that a run was told or found: under a key in JSON, under a label for a person. The keys are a contract, since scripts read
/// them: snake_case, with the unit at the end where there is one (<c>_us</c>, <c>_bytes</c>, <c>_seconds</c>).
/// </summary>
internal sealed record Figure
{
    private Figure(string key, string label, object value)
    {
        Key = key;
        Label = label;
        Value = value;
    }

    /// <summary>Its name in JSON.</summary>
    public string Key { get; }

    /// <summary>Its name for a person.</summary>
    public string Label { get; }

    /// <summary>A <see cref="double"/>, a <see cref="string"/> or a <see cref="bool"/>. A double that isn't finite could not be measured.</summary>
    public object Value { get; }

    /// <summary>The unit for a person; empty for a mere count.</summary>
    public string Unit { get; private init; } = "";

    /// <summary>Places after the point for a person.</summary>
    public int Decimals { get; private init; }

    /// <summary>What it is to reach.</summary>
    public FigureTarget? Target { get; init; }

    /// <summary>For a ratio: what 1 stands for. Such a figure is drawn as a bar.</summary>
    public string? RatioTo { get; private init; }

    /// <summary>Whether the target is met; null where there is none.</summary>
    public bool? IsMet => Target is { } target && Value is double number ? target.IsMetBy(number) : null;

    /// <summary>The value for a person, with its unit.</summary>
    public string Text => Value switch
    {
        double number when Unit.Length > 0 && double.IsFinite(number) => $"{Format(number, Decimals)} {Unit}",
        double number => Format(number, Decimals),
        bool flag => flag ? "yes" : "no",
        _ => (string)Value,
    };

    /// <summary>A number.</summary>
    public static Figure Number(string key, string label, double value, int decimals = 0, string unit = "") =>
        new(key, label, value) { Decimals = decimals, Unit = unit };

    /// <summary>A ratio, drawn as a bar against 1 and against its target.</summary>
    /// <param name="key">In JSON.</param>
    /// <param name="label">For a person.</param>
    /// <param name="value">The ratio.</param>
    /// <param name="to">What 1 is: the limit, or the peer.</param>
    /// <param name="target">What it is to reach.</param>
    public static Figure Ratio(string key, string label, double value, string to, FigureTarget? target = null) =>
        new(key, label, value) { Decimals = 3, RatioTo = to, Target = target };

    /// <summary>Words.</summary>
    public static Figure Words(string key, string label, string value) => new(key, label, value);

    /// <summary>Yes or no.</summary>
    public static Figure Flag(string key, string label, bool value) => new(key, label, value);

    /// <summary>A number as people read it; a dash when it isn't one.</summary>
    public static string Format(double value, int decimals = 0) =>
        double.IsFinite(value) ? value.ToString("N" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) : "–";
}
