using System.Security.Cryptography;
using System.Text;
using FastRelay.Engine.Files;

namespace FastRelay.Cli.Secrets;

/// <summary>
/// A password for a device that was started where nobody can type one: 25 letters and digits, 123 random bits, in an alphabet without look-alikes, kept in a
/// file that only its owner can read.
/// </summary>
internal static class GeneratedPassword
{
    private const string Alphabet = "abcdefghjkmnpqrstuvwxyz23456789";
    private const int Groups = 5;
    private const int GroupLength = 5;

    /// <summary>Where the password of a device with this data directory is kept.</summary>
    public static string PathIn(string dataDirectory) => Path.Combine(dataDirectory, "password");

    /// <summary>Makes a password and writes it, with mode 0600, where <see cref="PathIn"/> says.</summary>
    /// <exception cref="CommandFailure">The directory can't be written.</exception>
    public static string Create(string dataDirectory)
    {
        string password = string.Join('-', Enumerable.Range(0, Groups).Select(_ => RandomNumberGenerator.GetString(Alphabet, GroupLength)));
        try
        {
            PrivateFile.CreateDirectory(dataDirectory);
            PrivateFile.Replace(PathIn(dataDirectory), Encoding.ASCII.GetBytes(password + "\n"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCode.Failure, $"can't keep a password in '{dataDirectory}': {e.Message}; give --data DIR or --password-file FILE", e);
        }
        return password;
    }
}
