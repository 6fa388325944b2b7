namespace FastRelay.Engine.Streams;

/// <summary>What carries a stream connection.</summary>
public enum StreamBackend
{
    /// <summary>The leanest that this system offers: <see cref="Epoll"/> on Linux, else <see cref="Portable"/>.</summary>
    Auto,
    /// <summary>The base library's asynchronous sockets and pipes. Everywhere.</summary>
    Portable,
    /// <summary>A few threads of its own that wait for all connections, and system calls where the reader and the writer are. Linux; elsewhere, and where a sandbox forbids it, the portable one takes its place.</summary>
    Epoll,
}
