using System.Diagnostics;
using System.Globalization;

namespace FastRelay.Load.Processes;

/// <summary>
/// Which processor cores a process may use, by util-linux's <c>taskset</c>: it sets a process before its first thread starts, and all threads
/// of a running one, which <see cref="Process.ProcessorAffinity"/> doesn't on Linux.
/// </summary>
internal static class ProcessorCores
{
    private const string Tool = "taskset";

    /// <summary>The core of the process that is measured.</summary>
    public const int Measured = 0;

    /// <summary>Whether the measured process gets a core of its own here: there are two cores and the tool.</summary>
    public static bool CanPin { get; } = Environment.ProcessorCount > 1 && OperatingSystem.IsLinux() && SearchPath.Has(Tool);

    /// <summary>Makes a process that isn't started yet start on the measured core alone.</summary>
    public static void PinMeasured(ProcessStartInfo start)
    {
        string[] command = ["-c", Measured.ToString(CultureInfo.InvariantCulture), start.FileName, .. start.ArgumentList];
        start.FileName = Tool;
        start.ArgumentList.Clear();
        foreach (string argument in command) start.ArgumentList.Add(argument);
    }

    /// <summary>Keeps this process, the generator, off the measured core.</summary>
    public static async Task LeaveMeasuredAsync(CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(Tool) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        string others = $"{Measured + 1}-{Environment.ProcessorCount - 1}";
        foreach (string argument in (string[])["-a", "-p", "-c", others, Environment.ProcessId.ToString(CultureInfo.InvariantCulture)])
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync(cancellation);
        if (process.ExitCode != 0) throw new LoadException($"{Tool} couldn't keep this process on the cores {others}.");
    }
}
