namespace FastRelay.Server.Options;

/// <summary>The configuration can't be used. The message names every fault, one a line.</summary>
public sealed class OptionException : Exception
{
    /// <summary>With one or more faults.</summary>
    public OptionException(IReadOnlyList<OptionError> errors)
        : base(string.Join(Environment.NewLine, errors)) => Errors = errors;

    /// <summary>The faults, at least one.</summary>
    public IReadOnlyList<OptionError> Errors { get; }
}
