using FastRelay.Engine.Interop.Linux;

namespace FastRelay.Engine.Datagrams.Epoll;

/// <summary>The system calls a sender makes; a struct, so that calls are direct. Tests script one that does what a kernel rarely does.</summary>
internal unsafe interface IMessageSystem
{
    /// <returns>Messages sent, at least one, or the negative error number of the first.</returns>
    int Send(MessageVector* vectors, int count);

    /// <summary>Waits until the socket takes more.</summary>
    /// <returns>False when it is time to give up.</returns>
    bool WaitUntilWritable();
}
