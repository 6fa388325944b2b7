using FastRelay.Equipment;

namespace FastRelay.Cli.Secrets;

/// <summary>Which password a starting device has: the one it is given, else the one it had, else one that is typed or made now.</summary>
internal static class DevicePasswordChoice
{
    /// <summary>Chooses.</summary>
    /// <param name="dataDirectory">Where the device lives, or will.</param>
    /// <param name="file">The file that the command line names.</param>
    /// <returns>The password to set, null to keep the device's own; and the file that holds a generated one, where there is one.</returns>
    public static (string? Password, string? GeneratedFile) Make(string dataDirectory, FileInfo? file)
    {
        string generatedFile = GeneratedPassword.PathIn(dataDirectory);
        if (PasswordSource.Given(file) is { } given)
        {
            // A generated one that holds no longer would mislead whoever finds it.
            if (File.Exists(generatedFile) && File.ReadAllText(generatedFile).TrimEnd() != given) File.Delete(generatedFile);
            return (given, null);
        }
        if (DeviceSummary.Read(dataDirectory) is { HasPassword: true }) return (null, File.Exists(generatedFile) ? generatedFile : null);
        string? typed = AskTwice(Terminal.AskSecret);
        return typed is { Length: > 0 } ? (typed, null) : (GeneratedPassword.Create(dataDirectory), generatedFile);
    }

    /// <summary>Asks for a new password, and again, so that a slip of the finger doesn't lock its owner out.</summary>
    /// <param name="ask">Asks one question; null when there is nobody to ask.</param>
    /// <exception cref="CommandFailure">The two aren't the same.</exception>
    internal static string? AskTwice(Func<string, string?> ask)
    {
        string? typed = ask("Password for this device (nothing: one is made): ");
        if (string.IsNullOrEmpty(typed)) return typed;
        return ask("The same again: ") == typed ? typed : throw CommandFailure.Usage("the two passwords aren't the same; start again");
    }
}
