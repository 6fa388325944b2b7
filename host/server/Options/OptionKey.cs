using System.Globalization;

namespace FastRelay.Server.Options;

/// <summary>One key of the configuration: its name, what it allows, and how it reaches its property.</summary>
public sealed class OptionKey
{
    private readonly Func<RelayServerOptions, string, bool> _set;
    private readonly Func<RelayServerOptions, string> _get;
    private readonly Func<RelayServerOptions, bool> _inRange;

    private OptionKey(
        string name,
        string allowed,
        Func<RelayServerOptions, string, bool> set,
        Func<RelayServerOptions, string> get,
        Func<RelayServerOptions, bool>? inRange = null)
    {
        Name = name;
        Allowed = allowed;
        _set = set;
        _get = get;
        _inRange = inRange ?? (static _ => true);
    }

    /// <summary>The name, its parts joined by a colon, in lower camel case; compared without case.</summary>
    public string Name { get; }

    /// <summary>What is allowed, for a person: a range with its unit, or the words.</summary>
    public string Allowed { get; }

    /// <summary>Whether several values may be given (a JSON array, or a comma between them).</summary>
    public bool IsList { get; private init; }

    /// <summary>The name of the environment variable.</summary>
    public string EnvironmentName => ConfigurationReader.EnvironmentPrefix + Name.Replace(":", "__", StringComparison.Ordinal).ToUpperInvariant();

    /// <summary>The value as text, in the form in which it may be given.</summary>
    public string Format(RelayServerOptions options) => _get(options);

    /// <summary>Sets the property from text. The error when the text isn't a value that is allowed; then nothing changes.</summary>
    public OptionError? Apply(RelayServerOptions options, string text)
    {
        string before = _get(options);
        if (!_set(options, text)) return new OptionError(Name, text, Allowed);
        if (_inRange(options)) return null;
        _set(options, before);
        return new OptionError(Name, text, Allowed);
    }

    /// <summary>The error when the property's value isn't allowed.</summary>
    public OptionError? Check(RelayServerOptions options) =>
        _inRange(options) ? null : new OptionError(Name, _get(options), Allowed);

    internal static OptionKey Number(
        string name, Func<RelayServerOptions, int> get, Action<RelayServerOptions, int> set, int least, int most) => new(
        name,
        string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}"),
        (o, text) =>
        {
            if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value)) return false;
            set(o, value);
            return true;
        },
        o => get(o).ToString(CultureInfo.InvariantCulture),
        o => get(o) >= least && get(o) <= most);

    internal static OptionKey Duration(
        string name, Func<RelayServerOptions, TimeSpan> get, Action<RelayServerOptions, TimeSpan> set, TimeSpan least, TimeSpan most) => new(
        name,
        $"a duration such as 500ms, 25s, 10m, 2h or 7d, from {DurationText.Format(least)} to {DurationText.Format(most)}",
        (o, text) =>
        {
            if (!DurationText.TryParse(text, out var value)) return false;
            set(o, value);
            return true;
        },
        o => DurationText.Format(get(o)),
        o => get(o) >= least && get(o) <= most);

    internal static OptionKey Word<T>(string name, Func<RelayServerOptions, T> get, Action<RelayServerOptions, T> set)
        where T : struct, Enum => new(
        name,
        "one of " + string.Join(", ", Enum.GetNames<T>()),
        (o, text) =>
        {
            // Enum.TryParse would take numbers and comma lists too.
            string? word = Enum.GetNames<T>().FirstOrDefault(n => n.Equals(text.Trim(), StringComparison.OrdinalIgnoreCase));
            if (word is null) return false;
            set(o, Enum.Parse<T>(word));
            return true;
        },
        o => get(o).ToString(),
        o => Enum.IsDefined(get(o)));

    internal static OptionKey Text(
        string name, string allowed, Func<RelayServerOptions, string, bool> set, Func<RelayServerOptions, string> get,
        Func<RelayServerOptions, bool>? inRange = null, bool isList = false) =>
        new(name, allowed, set, get, inRange) { IsList = isList };
}
