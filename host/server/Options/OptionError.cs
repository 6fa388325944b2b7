namespace FastRelay.Server.Options;

/// <summary>One fault of the configuration, in words for the operator.</summary>
/// <param name="Key">The key as the operator writes it, such as <c>heartbeat:interval</c>.</param>
/// <param name="Value">The value found; null when the key itself is the fault.</param>
/// <param name="Allowed">What is allowed instead.</param>
public sealed record OptionError(string Key, string? Value, string Allowed)
{
    /// <inheritdoc/>
    public override string ToString() => Value is null
        ? $"{Escape(Key)}: {Allowed}"
        : $"{Escape(Key)}: \"{Escape(Value)}\" isn't allowed; allowed is {Allowed}";

    private static string Escape(string text) => Logging.LogText.Escape(text);
}
