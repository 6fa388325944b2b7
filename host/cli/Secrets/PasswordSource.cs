using System.Security;
using System.Text;

namespace FastRelay.Cli.Secrets;

/// <summary>
/// Where a password comes from: a file, the environment, or the person. Never an argument, because arguments are readable by every
/// process of the machine and stay in the shell's history.
/// </summary>
internal static class PasswordSource
{
    /// <summary>The variable that holds a password.</summary>
    public const string Variable = "FASTRELAY_PASSWORD";

    /// <summary>Longer files aren't passwords: a mistyped path is found out before it is stretched.</summary>
    private const int MaxFileBytes = 4096;

    /// <summary>The password from the file, else from the environment; null when neither is given.</summary>
    /// <exception cref="CommandFailure">The file can't be read, or the password is empty.</exception>
    public static string? Given(FileInfo? file)
    {
        if (file is not null) return NotEmpty(ReadFile(file), $"--password-file: '{file}' is empty");
        string? variable = Environment.GetEnvironmentVariable(Variable);
        return variable is null ? null : NotEmpty(variable, Variable + " is empty; unset it or give it a value");
    }

    /// <summary>The password that reaches a device: as <see cref="Given"/>, else asked for.</summary>
    /// <exception cref="CommandFailure">There is nobody to ask, or what is given can't be used.</exception>
    public static string ForConnecting(FileInfo? file)
    {
        string password = Given(file)
            ?? Terminal.AskSecret("Password: ")
            ?? throw CommandFailure.Usage($"which password? Give --password-file FILE or set {Variable}; there is no terminal to ask at");
        return NotEmpty(password, "an empty password isn't accepted");
    }

    private static string ReadFile(FileInfo file)
    {
        try
        {
            if (file.Exists && file.Length > MaxFileBytes)
                throw CommandFailure.Usage($"--password-file: '{file}' is longer than {MaxFileBytes} bytes; that is no password");
            WarnIfOpen(file, Console.Error);
            string text = File.ReadAllText(file.FullName, new UTF8Encoding(false, throwOnInvalidBytes: true));
            return text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SecurityException or DecoderFallbackException)
        {
            string why = e is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : e is DecoderFallbackException ? "it isn't UTF-8 text" : "it can't be read";
            throw CommandFailure.Usage($"--password-file: '{file}': {why}");
        }
    }

    /// <summary>As ssh does with a key; a warning only, because a container's or a service manager's secrets come as they come.</summary>
    internal static void WarnIfOpen(FileInfo file, TextWriter errors)
    {
        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
            | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
        if (OperatingSystem.IsWindows() || !file.Exists || (File.GetUnixFileMode(file.FullName) & Others) == UnixFileMode.None) return;
        errors.WriteLine($"fastrelay: warning: others may use '{file}', which holds a password; chmod 600 it");
    }

    private static string NotEmpty(string password, string otherwise) => password.Length > 0 ? password : throw CommandFailure.Usage(otherwise);
}
