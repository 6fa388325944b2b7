using System.Globalization;

namespace FastRelay.Load.IdleTcp;

/// <summary>What of the kernel's memory can be seen to belong to connections, of the whole machine: it doesn't say whose it is.</summary>
/// <param name="SlabBytes">Objects such as sockets and files (/proc/meminfo, Slab), 0 where it isn't told.</param>
/// <param name="TcpBufferBytes">What waits in buffers (/proc/net/sockstat, TCP mem), 0 where it isn't told.</param>
internal readonly record struct KernelMemory(long SlabBytes, long TcpBufferBytes)
{
    private const string MemoryFile = "/proc/meminfo";
    private const string SocketFile = "/proc/net/sockstat";

    /// <summary>Now.</summary>
    public static KernelMemory Read() => File.Exists(MemoryFile) && File.Exists(SocketFile)
        ? new KernelMemory(SlabOf(File.ReadAllText(MemoryFile)), TcpOf(File.ReadAllText(SocketFile)) * Environment.SystemPageSize)
        : default;

    /// <summary>The bytes of <c>Slab: N kB</c>.</summary>
    public static long SlabOf(string meminfo) => Number(meminfo, "Slab:", "Slab:") * 1024;

    /// <summary>The pages of <c>TCP: inuse … mem N</c>.</summary>
    public static long TcpOf(string sockstat) => Number(sockstat, "TCP:", " mem ");

    private static long Number(string text, string line, string name)
    {
        string? found = text.Split('\n').FirstOrDefault(l => l.StartsWith(line, StringComparison.Ordinal));
        int at = found?.IndexOf(name, StringComparison.Ordinal) ?? -1;
        if (at < 0) return 0;
        string first = found![(at + name.Length)..].Trim().Split(' ')[0];
        return long.TryParse(first, CultureInfo.InvariantCulture, out long number) ? number : 0;
    }
}
