namespace FastRelay.Equipment;

/// <summary>
/// An expected failure, told so that a person can act: <see cref="Exception.Message"/> is one line that says what
/// happened and what to do, and holds no secret and no byte that came from the network.
/// </summary>
public sealed class EquipmentException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="error">What kind of failure it is.</param>
    /// <param name="message">One line: what happened, what to do.</param>
    /// <param name="innerException">What lies beneath, for a log.</param>
    public EquipmentException(EquipmentError error, string message, Exception? innerException = null)
        : base(message, innerException) => Error = error;

    /// <summary>What kind of failure it is.</summary>
    public EquipmentError Error { get; }

    /// <summary>How long to wait before trying again, where the other side said so.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
