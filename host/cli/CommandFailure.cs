using FastRelay.Equipment;

namespace FastRelay.Cli;

/// <summary>The end of a command that couldn't do its work: the exit code, and one line that says what to do.</summary>
internal sealed class CommandFailure : Exception
{
    public CommandFailure(int exitCode, string message, Exception? innerException = null)
        : base(message, innerException) => Code = exitCode;

    /// <summary>One of <see cref="ExitCode"/>.</summary>
    public int Code { get; }

    /// <summary>A mistake in how the command was called.</summary>
    public static CommandFailure Usage(string message) => new(ExitCode.Usage, message);

    /// <summary>A failure that the equipment library told.</summary>
    public static CommandFailure From(EquipmentException failure) => new(CodeOf(failure.Error), failure.Message, failure);

    private static int CodeOf(EquipmentError error) => error switch
    {
        EquipmentError.Unavailable or EquipmentError.NoAnswer or EquipmentError.Busy or EquipmentError.Limited or EquipmentError.Network => ExitCode.Unavailable,
        EquipmentError.TrustRefused => ExitCode.TrustRefused,
        EquipmentError.PasswordRefused or EquipmentError.LockedOut => ExitCode.PasswordRefused,
        EquipmentError.Options => ExitCode.Usage,
        _ => ExitCode.Failure,
    };
}
