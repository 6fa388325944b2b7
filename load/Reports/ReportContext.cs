using System.Globalization;
using System.Runtime.InteropServices;

namespace FastRelay.Load.Reports;

/// <summary>Where, when and by which command figures were made: without it they are worth nothing.</summary>
/// <param name="CommandLine">The arguments, as one would type them.</param>
/// <param name="Machine">Processor, memory, system and runtime.</param>
/// <param name="At">When the run ended.</param>
internal sealed record ReportContext(string CommandLine, string Machine, DateTimeOffset At)
{
    /// <summary>Of this process, now.</summary>
    /// <param name="arguments">What it was called with.</param>
    public static ReportContext Now(IEnumerable<string> arguments) =>
        new($"load {string.Join(' ', arguments.Select(Quoted))}", DescribeMachine(), DateTimeOffset.UtcNow);

    private static string DescribeMachine()
    {
        string gib = (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1 << 30)).ToString("N0", CultureInfo.InvariantCulture);
        return $"{Environment.ProcessorCount} cores, {ProcessorName()}, {gib} GiB, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}"
#if DEBUG
            + ", a debug build: its figures mean nothing"
#endif
            ;
    }

    private static string ProcessorName()
    {
        const string Model = "model name";
        const string File = "/proc/cpuinfo";
        string? line = System.IO.File.Exists(File) ? System.IO.File.ReadLines(File).FirstOrDefault(l => l.StartsWith(Model, StringComparison.Ordinal)) : null;
        return line is null ? RuntimeInformation.ProcessArchitecture.ToString() : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }

    private static string Quoted(string argument) =>
        argument.Length > 0 && argument.All(c => char.IsAsciiLetterOrDigit(c) || "-_./:=,+@%".Contains(c, StringComparison.Ordinal))
            ? argument
            : $"'{argument.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
