using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FastRelay.Engine.Interop.Linux;

/// <summary>A set of descriptors that one thread waits for (epoll(7)), level-triggered. Owned by that thread.</summary>
internal sealed unsafe partial class EpollSet : IDisposable
{
    // EPOLLIN, EPOLL_CTL_ADD, EPOLL_CLOEXEC
    private const uint Readable = 0x001;
    private const int AddOperation = 1;
    private const int CloseOnExec = 0x80000;

    // struct epoll_event is packed on x86-64 only: u32 events, u64 data.
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int EventSize = DataOffset + 8;

    private readonly SafeFileHandle _handle;

    // For the wait, which would count references up and down in each call: its thread is the one that disposes.
    private readonly int _descriptor;

    public EpollSet()
    {
        _descriptor = NativeResult.OrThrow(Checked(epoll_create1(CloseOnExec)), "epoll_create1");
        _handle = new SafeFileHandle(_descriptor, ownsHandle: true);
    }

    /// <summary>Adds a descriptor; it is ready when there is something to read, or an error to fetch.</summary>
    public void Add(int descriptor)
    {
        byte* item = stackalloc byte[16];
        *(uint*)item = Readable;
        *(long*)(item + DataOffset) = descriptor;
        NativeResult.OrThrow(Checked(epoll_ctl(_handle, AddOperation, descriptor, item)), "epoll_ctl");
    }

    /// <summary>Waits until something watched is ready.</summary>
    /// <param name="milliseconds">At most so long; −1 without end.</param>
    /// <param name="ready">Takes the descriptors that are ready.</param>
    /// <returns>How many are; 0 when the time has passed.</returns>
    public int Wait(int milliseconds, Span<int> ready)
    {
        byte* items = stackalloc byte[EventSize * ready.Length];
        int count;
        do count = epoll_wait(_descriptor, items, ready.Length, milliseconds);
        while (NativeResult.IsInterrupted(ref count));
        NativeResult.OrThrow(count, "epoll_wait");
        for (int i = 0; i < count; i++) ready[i] = (int)*(long*)(items + (i * EventSize) + DataOffset);
        return count;
    }

    public void Dispose() => _handle.Dispose();

    private static int Checked(int result)
    {
        NativeResult.IsInterrupted(ref result);
        return result;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_ctl(SafeFileHandle epoll, int operation, int descriptor, void* item);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_wait(int epoll, void* items, int count, int milliseconds);
}
