using System.Diagnostics;
using System.Globalization;

namespace FastRelay.Load.Processes;

/// <summary>How many files, and so sockets, a process of this run may have open: raised by util-linux's <c>prlimit</c>, where that is allowed.</summary>
internal static class OpenFiles
{
    /// <summary>What the runtime itself, and everything but the connections, needs.</summary>
    private const int Others = 1_000;

    /// <summary>Lets this process, and those that it starts from now on, have so many connections.</summary>
    /// <exception cref="LoadException">The system doesn't allow it.</exception>
    public static async Task AllowAsync(int connections, CancellationToken cancellation)
    {
        int needed = connections + Others;
        // The runtime has raised the soft limit to the hard one when it started.
        if (Limit() >= needed) return;
        var start = new ProcessStartInfo("prlimit") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        string number = needed.ToString(CultureInfo.InvariantCulture);
        foreach (string argument in (string[])["--pid", Environment.ProcessId.ToString(CultureInfo.InvariantCulture), $"--nofile={number}:{number}"])
            start.ArgumentList.Add(argument);
        try
        {
            using var process = Process.Start(start)!;
            await process.WaitForExitAsync(cancellation);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // There is no such tool: the limit stays.
        }
        if (Limit() < needed) throw new LoadException($"{connections} connections need {needed} open files; the system allows {Limit()} (ulimit -n), and this user can't raise that.");
    }

    private static long Limit()
    {
        const string File = "/proc/self/limits";
        const string Name = "Max open files";
        if (!System.IO.File.Exists(File)) return long.MaxValue;
        string line = System.IO.File.ReadLines(File).First(l => l.StartsWith(Name, StringComparison.Ordinal));
        string soft = line[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
        return long.TryParse(soft, CultureInfo.InvariantCulture, out long limit) ? limit : long.MaxValue;
    }
}
