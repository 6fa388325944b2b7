using System.Net.Sockets;
using System.Text;

namespace FastRelay.Server;

/// <summary>Tells systemd how the service stands (sd_notify(3)), when it asked to be told; elsewhere does nothing.</summary>
internal static class ServiceManager
{
    /// <summary>Sends one state, such as <c>READY=1</c>. A manager that can't be reached is no reason not to serve.</summary>
    public static void Notify(string state)
    {
        string? path = Environment.GetEnvironmentVariable("NOTIFY_SOCKET");
        if (string.IsNullOrEmpty(path)) return;
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            // An @ stands for the zero byte of the abstract namespace.
            socket.SendTo(Encoding.UTF8.GetBytes(state), new UnixDomainSocketEndPoint(path[0] == '@' ? '\0' + path[1..] : path));
        }
        catch (Exception e) when (e is SocketException or ArgumentException or PlatformNotSupportedException)
        {
            // systemd times the start out and says so.
        }
    }
}
