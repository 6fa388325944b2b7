using System.Net.Sockets;
using FastRelay.Engine.Interop.Linux;

namespace FastRelay.Engine.Datagrams.Epoll;

/// <summary>The real calls of a sender, on the loop's thread.</summary>
/// <param name="socket">The loop's socket.</param>
/// <param name="descriptor">Its descriptor.</param>
/// <param name="isStopping">Whether the loop has been told to stop.</param>
internal readonly unsafe struct EpollMessageSystem(Socket socket, int descriptor, Func<bool> isStopping) : IMessageSystem
{
    // While the loop stops it waits for a stuck queue no longer than this; otherwise it looks this often whether it stops.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    public int Send(MessageVector* vectors, int count) => Messages.Send(descriptor, vectors, count);

    // By poll(2) on this socket alone: what else happens meanwhile has its turn afterwards.
    public bool WaitUntilWritable() => socket.Poll(Patience, SelectMode.SelectWrite) || !isStopping();
}
