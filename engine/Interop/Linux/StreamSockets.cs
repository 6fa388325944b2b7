using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace FastRelay.Engine.Interop.Linux;

/// <summary>
/// The system calls of stream sockets that never wait. Each returns a count or a negative error number. A descriptor must be held open by its
/// owner while a call uses it.
/// </summary>
internal static unsafe partial class StreamSockets
{
    /// <summary>Bytes of the longest address that is asked for: sockaddr_in6.</summary>
    public const int AddressSize = 28;

    // SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC
    private const int NonBlockingCloseOnExec = 0x800 | 0x80000;
    private const int Stream = 1;
    private const int TcpProtocol = 6;
    private const int FamilyIpv4 = 2;
    private const int FamilyIpv6 = 10;

    private const int NoSignal = 0x4000; // MSG_NOSIGNAL
    private const int Discard = 0x20; // MSG_TRUNC: tcp(7), the bytes are dropped where they are
    private const int ShutdownWrite = 1;

    private const int SolSocket = 1;
    private const int SoReuseAddress = 2;
    private const int SoError = 4;
    private const int SoLinger = 13;
    private const int SoReusePort = 15;
    private const int SolTcp = 6;
    private const int TcpNoDelay = 1;
    private const nuint BytesUnread = 0x541B; // FIONREAD

    /// <summary>A socket that doesn't wait.</summary>
    public static int Create(AddressFamily family) =>
        Result(socket(family == AddressFamily.InterNetworkV6 ? FamilyIpv6 : FamilyIpv4, Stream | NonBlockingCloseOnExec, TcpProtocol));

    /// <summary>Accepts a connection that doesn't wait either.</summary>
    /// <param name="listener">The listening socket.</param>
    /// <param name="address">Takes the peer's address; <see cref="AddressSize"/> bytes.</param>
    public static int Accept(SafeHandle listener, byte* address)
    {
        int result;
        do
        {
            uint length = AddressSize;
            result = accept4(listener, address, &length, NonBlockingCloseOnExec);
        }
        while (NativeResult.IsInterrupted(ref result));
        return result;
    }

    public static int Bind(int descriptor, ReadOnlySpan<byte> address)
    {
        fixed (byte* native = address) return Result(bind(descriptor, native, (uint)address.Length));
    }

    /// <returns>0 when it is connected, −EINPROGRESS when it will be ready to send once it is.</returns>
    public static int Connect(int descriptor, ReadOnlySpan<byte> address)
    {
        // An interrupted connect goes on by itself (connect(2)).
        fixed (byte* native = address)
        {
            int result = Result(connect(descriptor, native, (uint)address.Length));
            return result == -(int)Errno.Interrupted ? -(int)Errno.InProgress : result;
        }
    }

    /// <returns>Bytes received, 0 for FIN.</returns>
    public static int Receive(int descriptor, byte* buffer, int length)
    {
        nint got;
        int result;
        do
        {
            got = recv(descriptor, buffer, length, 0);
            result = (int)got;
        }
        while (NativeResult.IsInterrupted(ref result));
        return result;
    }

    /// <returns>Bytes received, 0 for FIN.</returns>
    public static int Receive(int descriptor, BufferVector* buffers, int count)
    {
        int result;
        do result = (int)readv(descriptor, buffers, count);
        while (NativeResult.IsInterrupted(ref result));
        return result;
    }

    /// <summary>Drops what has been received, at most so many bytes.</summary>
    /// <returns>Bytes dropped.</returns>
    public static int Drop(int descriptor, int length)
    {
        int result;
        do result = (int)recv(descriptor, null, length, Discard);
        while (NativeResult.IsInterrupted(ref result));
        return result;
    }

    /// <returns>Bytes that the kernel took.</returns>
    public static int Send(int descriptor, byte* buffer, int length)
    {
        int result;
        do result = (int)send(descriptor, buffer, length, NoSignal);
        while (NativeResult.IsInterrupted(ref result));
        return result;
    }

    /// <returns>Bytes that the kernel took.</returns>
    public static int Send(int descriptor, BufferVector* buffers, int count)
    {
        MessageHeader header = default;
        header.Buffers = buffers;
        header.BufferCount = (nuint)count;
        int result;
        do result = (int)sendmsg(descriptor, &header, NoSignal);
        while (NativeResult.IsInterrupted(ref result));
        return result;
    }

    /// <summary>Sends FIN.</summary>
    public static int EndSending(int descriptor) => Result(shutdown(descriptor, ShutdownWrite));

    /// <summary>Has the close that follows reset the connection, whatever waits.</summary>
    public static void ResetOnClose(int descriptor)
    {
        long onWithoutDelay = 1; // struct linger: l_onoff 1, l_linger 0
        _ = setsockopt(descriptor, SolSocket, SoLinger, &onWithoutDelay, sizeof(long));
    }

    public static int SetNoDelay(int descriptor) => SetOn(descriptor, SolTcp, TcpNoDelay);

    /// <summary>Lets several sockets of this user bind one address and port (SO_REUSEADDR, SO_REUSEPORT).</summary>
    public static int ShareLocalPort(int descriptor)
    {
        int result = SetOn(descriptor, SolSocket, SoReuseAddress);
        return result < 0 ? result : SetOn(descriptor, SolSocket, SoReusePort);
    }

    /// <summary>Takes the error that waits on the socket, and clears it (SO_ERROR).</summary>
    public static Errno TakeError(int descriptor)
    {
        int error = 0;
        uint length = sizeof(int);
        int result = Result(getsockopt(descriptor, SolSocket, SoError, &error, &length));
        return result < 0 ? NativeResult.ErrorOf(result) : (Errno)error;
    }

    /// <summary>Whether bytes wait that weren't received yet.</summary>
    public static bool HasUnread(int descriptor)
    {
        int bytes = 0;
        return ioctl(descriptor, BytesUnread, &bytes) == 0 && bytes > 0;
    }

    /// <param name="descriptor">The socket.</param>
    /// <param name="address">Takes its own address; <see cref="AddressSize"/> bytes.</param>
    public static int LocalAddress(int descriptor, byte* address)
    {
        uint length = AddressSize;
        return Result(getsockname(descriptor, address, &length));
    }

    /// <summary>Closes. Linux frees the descriptor whatever the call returns.</summary>
    public static void Close(int descriptor) => _ = close(descriptor);

    private static int SetOn(int descriptor, int level, int option)
    {
        int on = 1;
        return Result(setsockopt(descriptor, level, option, &on, sizeof(int)));
    }

    // For calls that no signal interrupts, or that mustn't be made again.
    private static int Result(int result) => result < 0 ? -Marshal.GetLastPInvokeError() : result;

    [LibraryImport("libc", SetLastError = true)]
    private static partial int socket(int family, int type, int protocol);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int accept4(SafeHandle descriptor, void* address, uint* length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int bind(int descriptor, void* address, uint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int connect(int descriptor, void* address, uint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recv(int descriptor, void* buffer, nint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint readv(int descriptor, void* buffers, int count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint send(int descriptor, void* buffer, nint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint sendmsg(int descriptor, void* message, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int shutdown(int descriptor, int how);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setsockopt(int descriptor, int level, int option, void* value, uint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int getsockopt(int descriptor, int level, int option, void* value, uint* length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int getsockname(int descriptor, void* address, uint* length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(int descriptor, nuint request, void* value);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);
}
