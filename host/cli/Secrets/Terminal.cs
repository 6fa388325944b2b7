using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace FastRelay.Cli.Secrets;

/// <summary>
/// Asks the person at the terminal without showing what is typed. Under ssh's ProxyCommand standard input is the connection, so the
/// question goes to the controlling terminal, as ssh's own does; but only where standard error is seen, so that nobody is asked in secret.
/// </summary>
internal static class Terminal
{
    private const string Tty = "/dev/tty";

    /// <summary>What was typed, which may be nothing; null when there is nobody to ask.</summary>
    public static string? AskSecret(string question)
    {
        if (Console.IsErrorRedirected) return null;
        return !Console.IsInputRedirected ? ReadKeys(question) : CanOpenTty() ? ReadTty(question) : null;
    }

    private static string ReadKeys(string question)
    {
        Console.Error.Write(question);
        var typed = new StringBuilder();
        while (true)
        {
            ConsoleKeyInfo key = Console.ReadKey(intercept: true);
            if (key.Key == ConsoleKey.Enter) break;
            if (key.Key == ConsoleKey.Backspace) typed.Length = Math.Max(0, typed.Length - 1);
            else if (!char.IsControl(key.KeyChar)) typed.Append(key.KeyChar);
        }
        Console.Error.WriteLine();
        return typed.ToString();
    }

    /// <summary>
    /// stty does what the base library can't: it turns off the echo of a terminal that isn't standard input. Signals wait until the echo is
    /// on again, so that a person who gives up isn't left with a dumb terminal.
    /// </summary>
    private static string ReadTty(string question)
    {
        using var tty = new FileStream(Tty, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, static context =>
        {
            Echo(true);
            context.Cancel = false;
        });
        tty.Write(Encoding.UTF8.GetBytes(question));
        Echo(false);
        try
        {
            var line = new List<byte>();
            for (int next = tty.ReadByte(); next is not (-1 or '\n'); next = tty.ReadByte()) line.Add((byte)next);
            return Encoding.UTF8.GetString([.. line]);
        }
        finally
        {
            Echo(true);
            tty.WriteByte((byte)'\n');
        }
    }

    private static void Echo(bool on)
    {
        using var stty = Process.Start("/bin/sh", ["-c", on ? "stty echo </dev/tty" : "stty -echo </dev/tty"]);
        stty.WaitForExit();
    }

    private static bool CanOpenTty()
    {
        if (OperatingSystem.IsWindows()) return false;
        try
        {
            using var tty = new FileStream(Tty, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
