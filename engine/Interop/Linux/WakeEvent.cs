using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FastRelay.Engine.Interop.Linux;

/// <summary>A descriptor that any thread can make readable, to wake one that waits (eventfd(2)). Waking after disposal does nothing.</summary>
internal sealed unsafe partial class WakeEvent : IDisposable
{
    // EFD_CLOEXEC | EFD_NONBLOCK
    private const int Flags = 0x80000 | 0x800;

    private readonly Lock _gate = new();
    private readonly SafeFileHandle _handle;
    private bool _disposed;

    public WakeEvent()
    {
        int descriptor = eventfd(0, Flags);
        NativeResult.IsInterrupted(ref descriptor);
        _handle = new SafeFileHandle(NativeResult.OrThrow(descriptor, "eventfd"), ownsHandle: true);
        Descriptor = descriptor;
    }

    public int Descriptor { get; }

    /// <summary>Makes it readable, if it isn't.</summary>
    public void Set()
    {
        lock (_gate)
        {
            if (_disposed) return;
            ulong one = 1;
            nint written;
            do written = write(_handle, &one, sizeof(ulong));
            while (written < 0 && Marshal.GetLastPInvokeError() == (int)Errno.Interrupted);
        }
    }

    /// <summary>Makes it unreadable.</summary>
    public void Clear()
    {
        ulong count;
        nint got;
        do got = read(_handle, &count, sizeof(ulong));
        while (got < 0 && Marshal.GetLastPInvokeError() == (int)Errno.Interrupted);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _handle.Dispose();
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int eventfd(uint initial, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint read(SafeFileHandle descriptor, void* buffer, nint count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(SafeFileHandle descriptor, void* buffer, nint count);
}
