using System.Net;
using System.Net.Sockets;

namespace FastRelay.Engine.Interop.Linux;

/// <summary>What this system offers, found out once.</summary>
internal static unsafe class LinuxFeatures
{
    private static readonly Lazy<string?> Missing = new(Probe);

    /// <summary>Why datagrams can't be handled in batches by system calls here; null when they can.</summary>
    public static string? WhyNoBatches => Missing.Value;

    private static string? Probe()
    {
        if (!OperatingSystem.IsLinux()) return "not Linux";
        // The layouts of Interop/Linux are those of the 64-bit little-endian systems that .NET runs on.
        if (sizeof(nint) != 8 || !BitConverter.IsLittleEndian) return "not a 64-bit little-endian system";
        try
        {
            using var epoll = new EpollSet();
            using var wake = new WakeEvent();
            epoll.Add(wake.Descriptor);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            int descriptor = (int)socket.SafeHandle.DangerousGetHandle();
            // Nothing to receive, nowhere to send: any answer but "no such call" (a sandbox's filter may give it) will do.
            MessageVector empty = default;
            if (Blocks(Messages.Receive(descriptor, &empty, 1))) return "recvmmsg isn't allowed";
            if (Blocks(Messages.Send(descriptor, &empty, 1))) return "sendmmsg isn't allowed";
            return null;
        }
        catch (Exception e) when (e is IOException or SocketException or DllNotFoundException or EntryPointNotFoundException)
        {
            return e.Message;
        }
    }

    // EPERM is what some filters answer in place of ENOSYS.
    private static bool Blocks(int result) => NativeResult.ErrorOf(result) is Errno.NotImplemented or Errno.NotPermitted;
}
