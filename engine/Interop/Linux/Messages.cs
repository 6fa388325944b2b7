using System.Runtime.InteropServices;

namespace FastRelay.Engine.Interop.Linux;

/// <summary>Many datagrams a system call (recvmmsg(2), sendmmsg(2)), never waiting.</summary>
internal static unsafe partial class Messages
{
    /// <summary>MSG_DONTWAIT</summary>
    private const int DontWait = 0x40;

    /// <summary>MSG_TRUNC, in a received message's flags: it was longer than its buffer.</summary>
    public const int Truncated = 0x20;

    /// <returns>Messages received, or a negative error number.</returns>
    public static int Receive(int socket, MessageVector* vectors, int count)
    {
        int result;
        do result = recvmmsg(socket, vectors, (uint)count, DontWait, null);
        while (NativeResult.IsInterrupted(ref result));
        return result;
    }

    /// <returns>Messages sent, at least one, or the negative error number of the first.</returns>
    public static int Send(int socket, MessageVector* vectors, int count)
    {
        int result;
        do result = sendmmsg(socket, vectors, (uint)count, DontWait);
        while (NativeResult.IsInterrupted(ref result));
        return result;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int recvmmsg(int socket, MessageVector* vectors, uint count, int flags, void* timeout);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int sendmmsg(int socket, MessageVector* vectors, uint count, int flags);
}
