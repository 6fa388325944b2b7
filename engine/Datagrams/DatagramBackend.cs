namespace FastRelay.Engine.Datagrams;

/// <summary>What carries a loop's datagrams.</summary>
public enum DatagramBackend
{
    /// <summary>The fastest that this system offers: <see cref="Epoll"/> on Linux, else <see cref="Portable"/>.</summary>
    Auto,
    /// <summary>The base library's asynchronous sockets, on the thread pool. Everywhere.</summary>
    Portable,
    /// <summary>A thread of its own that receives and sends in batches (epoll, recvmmsg, sendmmsg). Linux; elsewhere, and where a sandbox forbids it, the portable one takes its place with a line in the log.</summary>
    Epoll,
}
