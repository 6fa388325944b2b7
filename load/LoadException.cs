namespace FastRelay.Load;

/// <summary>A load run couldn't be made; the message is for the person who asked for it.</summary>
internal sealed class LoadException(string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>The program's exit code: 1, or 2 when something has to be installed first.</summary>
    public int ExitCode { get; init; } = 1;
}
