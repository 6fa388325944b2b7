using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FastRelay.Engine.Interop.Linux;

/// <summary>A set of descriptors that one thread waits for (epoll(7)). Owned by that thread; any thread may watch a descriptor. A closed descriptor leaves by itself.</summary>
internal sealed unsafe partial class EpollSet : IDisposable
{
    // EPOLL_CTL_ADD, EPOLL_CTL_MOD, EPOLL_CLOEXEC
    private const int AddOperation = 1;
    private const int ModifyOperation = 3;
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

    /// <summary>Adds a descriptor; it is ready as long as there is something to read, or an error to fetch.</summary>
    public void Add(int descriptor) => NativeResult.OrThrow(Control(AddOperation, descriptor, EpollEvents.Readable, descriptor), "epoll_ctl");

    /// <summary>Adds a descriptor.</summary>
    /// <param name="descriptor">What to watch.</param>
    /// <param name="events">For what.</param>
    /// <param name="data">Comes with its events.</param>
    /// <returns>0, or a negative error number.</returns>
    public int Watch(int descriptor, EpollEvents events, long data) => Control(AddOperation, descriptor, events, data);

    /// <summary>Watches a descriptor of the set for other events, or with other data. What is ready at the time is told anew.</summary>
    /// <returns>0, or a negative error number.</returns>
    public int WatchAnew(int descriptor, EpollEvents events, long data) => Control(ModifyOperation, descriptor, events, data);

    /// <summary>Waits until something watched is ready.</summary>
    /// <param name="milliseconds">At most so long; −1 without end.</param>
    /// <param name="ready">Takes the descriptors that are ready.</param>
    /// <returns>How many are; 0 when the time has passed.</returns>
    public int Wait(int milliseconds, Span<int> ready)
    {
        byte* items = stackalloc byte[EventSize * ready.Length];
        int count = Wait(milliseconds, items, ready.Length);
        for (int i = 0; i < count; i++) ready[i] = (int)*(long*)(items + (i * EventSize) + DataOffset);
        return count;
    }

    /// <summary>Waits until something watched is ready.</summary>
    /// <param name="milliseconds">At most so long; −1 without end.</param>
    /// <param name="ready">Takes what is ready.</param>
    /// <returns>How many are; 0 when the time has passed.</returns>
    public int Wait(int milliseconds, Span<EpollEvent> ready)
    {
        byte* items = stackalloc byte[EventSize * ready.Length];
        int count = Wait(milliseconds, items, ready.Length);
        for (int i = 0; i < count; i++)
        {
            byte* item = items + (i * EventSize);
            ready[i] = new EpollEvent(*(EpollEvents*)item, *(long*)(item + DataOffset));
        }
        return count;
    }

    public void Dispose() => _handle.Dispose();

    private int Wait(int milliseconds, byte* items, int most)
    {
        int count;
        do count = epoll_wait(_descriptor, items, most, milliseconds);
        while (NativeResult.IsInterrupted(ref count));
        return NativeResult.OrThrow(count, "epoll_wait");
    }

    private int Control(int operation, int descriptor, EpollEvents events, long data)
    {
        byte* item = stackalloc byte[16];
        *(EpollEvents*)item = events;
        *(long*)(item + DataOffset) = data;
        return Checked(epoll_ctl(_handle, operation, descriptor, item));
    }

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
