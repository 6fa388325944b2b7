using System.Net;
using System.Net.Sockets;

namespace FastRelay.Engine.Interop.Linux;

/// <summary>What this system offers, found out once.</summary>
internal static unsafe class LinuxFeatures
{
    private static readonly Lazy<string?> MissingForBatches = new(() => Probe(ProbeBatches));
    private static readonly Lazy<string?> MissingForStreams = new(() => Probe(ProbeStreams));

    /// <summary>Why datagrams can't be handled in batches by system calls here; null when they can.</summary>
    public static string? WhyNoBatches => MissingForBatches.Value;

    /// <summary>Why streams can't be carried by an epoll loop of ours here; null when they can.</summary>
    public static string? WhyNoStreams => MissingForStreams.Value;

    private static string? Probe(Func<string?> missing)
    {
        if (!OperatingSystem.IsLinux()) return "not Linux";
        // The layouts of Interop/Linux are those of the 64-bit little-endian systems that .NET runs on.
        if (sizeof(nint) != 8 || !BitConverter.IsLittleEndian) return "not a 64-bit little-endian system";
        try
        {
            return missing();
        }
        catch (Exception e) when (e is IOException or SocketException or DllNotFoundException or EntryPointNotFoundException)
        {
            return e.Message;
        }
    }

    private static string? ProbeBatches()
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
        return Blocks(Messages.Send(descriptor, &empty, 1)) ? "sendmmsg isn't allowed" : null;
    }

    private static string? ProbeStreams()
    {
        using var epoll = new EpollSet();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        int watched = epoll.Watch((int)socket.SafeHandle.DangerousGetHandle(), EpollEvents.Readable | EpollEvents.EdgeTriggered, 0);
        if (watched < 0) return "epoll_ctl isn't allowed";
        // It doesn't listen: any answer but "no such call" will do.
        byte* address = stackalloc byte[StreamSockets.AddressSize];
        return Blocks(StreamSockets.Accept(socket.SafeHandle, address)) ? "accept4 isn't allowed" : null;
    }

    // EPERM is what some filters answer in place of ENOSYS.
    private static bool Blocks(int result) => NativeResult.ErrorOf(result) is Errno.NotImplemented or Errno.NotPermitted;
}
