using Microsoft.Extensions.Configuration;

namespace FastRelay.Server.Options;

/// <summary>
/// Reads the options: the JSON file first, then the environment (<c>FASTRELAY_HEARTBEAT__INTERVAL</c>), then arguments,
/// each over the one before. Every fault is told at once, by its key.
/// </summary>
public static class ConfigurationReader
{
    /// <summary>What the names of the environment variables start with.</summary>
    public const string EnvironmentPrefix = "FASTRELAY_";

    /// <summary>The options, validated.</summary>
    /// <param name="file">A JSON file, or null for none. A key in it that isn't known is a fault: it would be a setting that does nothing.</param>
    /// <param name="environment">Environment variables. Names that aren't known are left alone: others share the prefix.</param>
    /// <param name="arguments">Key and value pairs, the keys as in <see cref="OptionKeys"/>. Keys that aren't known are faults.</param>
    /// <exception cref="OptionException">Something is at fault; it names the key, the value and what is allowed.</exception>
    public static RelayServerOptions Read(
        string? file, IReadOnlyDictionary<string, string?> environment, IReadOnlyCollection<KeyValuePair<string, string?>> arguments)
    {
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(arguments);
        var errors = new List<OptionError>();
        var options = new RelayServerOptions();
        if (file is not null) Apply(options, FileValues(file), errors);
        Apply(options, EnvironmentValues(environment), errors);
        Apply(options, new ConfigurationBuilder().AddInMemoryCollection(arguments).Build(), errors);
        if (errors.Count == 0) errors.AddRange(options.Validate());
        return errors.Count == 0 ? options : throw new OptionException(errors);
    }

    /// <summary>The variables of this process.</summary>
    public static IReadOnlyDictionary<string, string?> ProcessEnvironment()
    {
        var values = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (System.Collections.DictionaryEntry entry in Environment.GetEnvironmentVariables())
            values[(string)entry.Key] = (string?)entry.Value;
        return values;
    }

    private static IConfigurationRoot FileValues(string file)
    {
        string path = Path.GetFullPath(file);
        if (!File.Exists(path)) throw new OptionException([new OptionError("config", file, "the path of a JSON file that exists")]);
        try
        {
            return new ConfigurationBuilder().SetBasePath(Path.GetDirectoryName(path)!).AddJsonFile(Path.GetFileName(path), optional: false).Build();
        }
        catch (Exception e) when (e is InvalidDataException or FormatException or IOException or UnauthorizedAccessException)
        {
            string why = (e.InnerException ?? e).Message;
            throw new OptionException([new OptionError("config", file, "a readable JSON file: " + Logging.LogText.Escape(why))]);
        }
    }

    private static IConfigurationRoot EnvironmentValues(IReadOnlyDictionary<string, string?> environment)
    {
        var known = OptionKeys.All.ToDictionary(k => k.EnvironmentName, k => k.Name, StringComparer.OrdinalIgnoreCase);
        var values = environment.Where(v => known.ContainsKey(v.Key)).Select(v => KeyValuePair.Create(known[v.Key], v.Value));
        return new ConfigurationBuilder().AddInMemoryCollection(values).Build();
    }

    private static void Apply(RelayServerOptions options, IConfigurationRoot values, List<OptionError> errors)
    {
        var given = new Dictionary<string, List<string>>(StringComparer.OrdinalIgnoreCase);
        foreach (var (path, value) in values.AsEnumerable().OrderBy(v => v.Key, ConfigurationKeyComparer.Instance))
        {
            if (value is null) continue;
            string name = ListName(path) ?? path;
            if (!given.TryGetValue(name, out var list)) given[name] = list = [];
            list.Add(value);
        }
        foreach (var (name, list) in given)
        {
            var key = OptionKeys.All.FirstOrDefault(k => k.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
            var error = key is null ? Unknown(name) : key.Apply(options, string.Join(',', list));
            if (error is not null) errors.Add(error);
        }
    }

    /// <summary>The name of the list that <paramref name="path"/> is an element of, such as <c>names:0</c>.</summary>
    private static string? ListName(string path)
    {
        int colon = path.LastIndexOf(':');
        if (colon < 0 || !int.TryParse(path.AsSpan(colon + 1), out _)) return null;
        string name = path[..colon];
        return OptionKeys.All.Any(k => k.IsList && k.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) ? name : null;
    }

    private static OptionError Unknown(string name)
    {
        var nearest = OptionKeys.All.MinBy(k => EditDistance(k.Name.ToUpperInvariant(), name.ToUpperInvariant()))!;
        string hint = EditDistance(nearest.Name.ToUpperInvariant(), name.ToUpperInvariant()) <= 3
            ? $"is it {nearest.Name}?"
            : "known are " + string.Join(", ", OptionKeys.All.Select(k => k.Name));
        return new OptionError(name, null, "there is no such key; " + hint);
    }

    private static int EditDistance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (int i = 1; i <= a.Length; i++)
        {
            int corner = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int next = Math.Min(Math.Min(row[j], row[j - 1]) + 1, corner + (a[i - 1] == b[j - 1] ? 0 : 1));
                corner = row[j];
                row[j] = next;
            }
        }
        return row[^1];
    }
}
