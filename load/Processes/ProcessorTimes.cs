using System.Globalization;

namespace FastRelay.Load.Processes;

/// <summary>What a process and its descendants have used of the processor, from the kernel's accounting (/proc/PID/stat, in steps of 10 ms).</summary>
internal static class ProcessorTimes
{
    // USER_HZ, which is 100 on every Linux that .NET runs on.
    private const double TicksPerSecond = 100;

    /// <summary>User and system time of a process and of all that live below it.</summary>
    public static TimeSpan OfTree(int id)
    {
        var sum = TimeSpan.Zero;
        var left = new Stack<int>([id]);
        while (left.TryPop(out int next))
        {
            sum += Of(next);
            foreach (int child in Children(next)) left.Push(child);
        }
        return sum;
    }

    /// <summary>The sum of utime and stime of a line of /proc/PID/stat; the name in it may hold blanks and brackets, so the fields are counted after the last bracket.</summary>
    public static TimeSpan Read(string stat)
    {
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return TimeSpan.FromSeconds((Number(fields[11]) + Number(fields[12])) / TicksPerSecond);
    }

    private static TimeSpan Of(int id)
    {
        try
        {
            return Read(File.ReadAllText($"/proc/{id}/stat"));
        }
        catch (IOException)
        {
            // It has ended since.
            return TimeSpan.Zero;
        }
    }

    private static IEnumerable<int> Children(int id)
    {
        try
        {
            return [.. Directory.GetDirectories($"/proc/{id}/task").SelectMany(task => File.ReadAllText(Path.Combine(task, "children"))
                .Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(child => int.Parse(child, CultureInfo.InvariantCulture)))];
        }
        catch (IOException)
        {
            return [];
        }
    }

    private static long Number(string field) => long.Parse(field, CultureInfo.InvariantCulture);
}
