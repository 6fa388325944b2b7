using System.Net;
using System.Net.Sockets;
using FastRelay.Engine.Buffers;
using FastRelay.Engine.Streams;

namespace FastRelay.Engine.Tests.Streams;

[Collection(Alone.Name)]
public sealed class IdleConnectionTests
{
    private const int Connections = 1_000;

    [Fact]
    public async Task A_thousand_idle_connections_hold_no_buffer_and_little_memory()
    {
        var pool = new LeakTrackingPool();
        await using var listener = StreamListener.Bind(new IPEndPoint(IPAddress.Loopback, 0), new StreamListenerOptions { Pool = pool });
        var servers = new List<StreamConnection>(Connections);
        var clients = new List<Socket>(Connections);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        try
        {
            for (int i = 0; i < Connections; i++)
            {
                var accepting = listener.AcceptAsync();
                var raw = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                clients.Add(raw);
                raw.Connect(listener.LocalEndPoint);
                var server = (await Within.Time(accepting)).ShouldNotBeNull();
                servers.Add(server);

                // Each has been in use once: what matters is that it gave everything back.
                raw.Send("x"u8);
                await StreamFixture.ReadExactlyAsync(server.Input, 1);
                await server.Output.WriteAsync("y"u8.ToArray());
            }
            await Within.Until(() => pool.OpenLeases == 0, "no idle connection holds a buffer");
            double each = (double)(GC.GetTotalMemory(forceFullCollection: true) - before) / Connections;
            // Both ends are counted, the raw one as well.
            each.ShouldBeLessThan(6 * 1024);
        }
        finally
        {
            foreach (var client in clients) client.Dispose();
            foreach (var server in servers) await server.DisposeAsync();
        }
        pool.ThrowIfLeaked();
    }
}
