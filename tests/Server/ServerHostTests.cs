using System.Net;
using System.Net.Sockets;
using System.Text;
using FastRelay.Server.Options;
using FastRelay.Server.Tests.Support;
using Microsoft.Extensions.Logging;

namespace FastRelay.Server.Tests;

public sealed class ServerHostTests
{
    [Fact]
    public async Task A_hosted_server_says_when_it_is_ready_and_stops_when_told()
    {
        string data = Path.Combine(Path.GetTempPath(), $"fastrelay-host-{Guid.NewGuid():N}");
        string path = Path.Combine(Path.GetTempPath(), $"fr-{Guid.NewGuid():N}"[..20]);
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        manager.Bind(new UnixDomainSocketEndPoint(path));
        Environment.SetEnvironmentVariable("NOTIFY_SOCKET", path);
        using var stop = new CancellationTokenSource();
        try
        {
            var options = new RelayServerOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0), Http = null, DataDirectory = data };
            options.Log.Level = LogLevel.Error;
            bool wasReady = false;
            var running = ServerHost.RunAsync(options, server => wasReady = server.IsReady, cancellation: stop.Token);
            (await HearAsync(manager)).ShouldBe("READY=1");
            await stop.CancelAsync();
            (await HearAsync(manager)).ShouldBe("STOPPING=1");
            (await running.Bounded()).ShouldBeTrue();
            wasReady.ShouldBeTrue();
        }
        finally
        {
            Environment.SetEnvironmentVariable("NOTIFY_SOCKET", null);
            File.Delete(path);
            Directory.Delete(data, recursive: true);
        }
    }

    private static async Task<string> HearAsync(Socket manager)
    {
        byte[] buffer = new byte[64];
        return Encoding.UTF8.GetString(buffer, 0, await manager.ReceiveAsync(buffer).Bounded());
    }
}
