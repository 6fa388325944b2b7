using System.Globalization;

namespace FastRelay.Load.Processes;

/// <summary>What the kernel says of the UDP sockets of a port (proc(5), /proc/net/udp).</summary>
/// <param name="Waiting">Bytes that have come and weren't received yet, as the kernel counts them.</param>
/// <param name="Drops">Datagrams so far that it threw away because a socket's buffer was full.</param>
internal readonly record struct UdpSockets(long Waiting, long Drops)
{
    private static readonly string[] Tables = ["/proc/net/udp", "/proc/net/udp6"];
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>All sockets that are bound to a port; null where the system doesn't tell.</summary>
    public static UdpSockets? OfPort(int port)
    {
        if (!File.Exists(Tables[0])) return null;
        var all = Tables.Where(File.Exists).Select(table => OfPort(File.ReadLines(table), port)).ToList();
        return new UdpSockets(all.Sum(one => one.Waiting), all.Sum(one => one.Drops));
    }

    /// <summary>Waits until nothing waits in the sockets of a port, at most ten seconds.</summary>
    public static async Task DrainedAsync(int port, CancellationToken cancellation)
    {
        for (var waited = TimeSpan.Zero; waited < Patience && OfPort(port) is { Waiting: > 0 }; waited += Between) await Task.Delay(Between, cancellation);
    }

    /// <summary>The same from the lines of one table, the heading first.</summary>
    internal static UdpSockets OfPort(IEnumerable<string> lines, int port)
    {
        string local = string.Create(CultureInfo.InvariantCulture, $":{port:X4}");
        var (waiting, drops) = (0L, 0L);
        foreach (string line in lines.Skip(1))
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length <= 4 || !fields[1].EndsWith(local, StringComparison.Ordinal)) continue;
            // tx_queue:rx_queue, in hexadecimal.
            waiting += long.Parse(fields[4].AsSpan(fields[4].IndexOf(':') + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            drops += long.Parse(fields[^1], CultureInfo.InvariantCulture);
        }
        return new UdpSockets(waiting, drops);
    }
}
