using System.Globalization;

namespace FastRelay.Load.Processes;

/// <summary>Datagrams that the kernel threw away because a socket's buffer was full, from its own tables (proc(5), /proc/net/udp).</summary>
internal static class KernelDrops
{
    private static readonly string[] Tables = ["/proc/net/udp", "/proc/net/udp6"];

    /// <summary>Drops so far of all sockets that are bound to a port; null where the system doesn't tell.</summary>
    public static long? OfPort(int port) =>
        File.Exists(Tables[0]) ? Tables.Where(File.Exists).Sum(table => OfPort(File.ReadLines(table), port)) : null;

    /// <summary>The same from the lines of one table, the heading first.</summary>
    internal static long OfPort(IEnumerable<string> lines, int port)
    {
        string local = string.Create(CultureInfo.InvariantCulture, $":{port:X4}");
        return lines.Skip(1)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields.Length > 2 && fields[1].EndsWith(local, StringComparison.Ordinal))
            .Sum(fields => long.Parse(fields[^1], CultureInfo.InvariantCulture));
    }
}
