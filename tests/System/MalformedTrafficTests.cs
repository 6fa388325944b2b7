using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using FastRelay.System.Tests.Processes;
using FastRelay.System.Tests.Services;

namespace FastRelay.System.Tests;

/// <summary>A server on the Internet gets what it gets. Seeded, so that a failure comes again.</summary>
public sealed class MalformedTrafficTests
{
    private const int Count = 10_000;
    private const int Seed = 20260101;
    private const long AllowedGrowth = 64L << 20;

    [Fact]
    public async Task Ten_thousand_malformed_datagrams_leave_the_server_as_it_was()
    {
        await using var service = new CountingService();
        await using var relay = await RelayScenario.WithDeviceAsync(service.EndPoint);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(relay.EndPoint);
        var random = new Random(Seed);

        await SendDatagramsAsync(socket, random, Count / 10); // what is taken once is taken before it is weighed
        long before = relay.Server.ResidentBytes();
        await SendDatagramsAsync(socket, random, Count);

        await ShouldBeAsBeforeAsync(relay, before);
    }

    [Fact]
    public async Task Ten_thousand_malformed_connections_leave_the_server_as_it_was()
    {
        await using var service = new CountingService();
        await using var relay = await RelayScenario.WithDeviceAsync(service.EndPoint);
        var random = new Random(Seed);

        await OpenConnectionsAsync(relay.EndPoint, random, Count / 10);
        long before = relay.Server.ResidentBytes();
        await OpenConnectionsAsync(relay.EndPoint, random, Count);

        await ShouldBeAsBeforeAsync(relay, before);
    }

    private static async Task ShouldBeAsBeforeAsync(RelayScenario relay, long before)
    {
        await relay.ReachableAsync(FastRelayProgram.Patience);
        relay.Server.HasExited.ShouldBeFalse(relay.Server.Said);
        relay.Server.Said.ShouldNotContain("xception");
        relay.Server.Errors.Count.ShouldBeLessThan(1_000, "what strangers send must not fill the log");
        (relay.Server.ResidentBytes() - before).ShouldBeLessThan(AllowedGrowth);
    }

    /// <summary>Sends, and after each looks for a reply: none may be longer than what it replies to, and there is one at most.</summary>
    private static async Task SendDatagramsAsync(Socket socket, Random random, int count)
    {
        byte[] reply = new byte[2048];
        long sent = 0, received = 0;
        for (int i = 0; i < count; i++)
        {
            byte[] datagram = Datagram(random);
            sent += await socket.SendAsync(datagram);
            while (socket.Available > 0)
            {
                int length = await socket.ReceiveAsync(reply);
                length.ShouldBeLessThanOrEqualTo(40, "a RESET is shorter than the shortest heartbeat");
                received += length;
            }
        }
        received.ShouldBeLessThanOrEqualTo(sent);
    }

    private static byte[] Datagram(Random random)
    {
        byte[] types = [0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x19, 0x1A, 0x1F];
        int[] lengths = [40, 64, 32, 1200, random.Next(1, 1400)];
        byte[] datagram = new byte[lengths[random.Next(lengths.Length)]];
        random.NextBytes(datagram);
        if (random.Next(4) != 0) datagram[0] = types[random.Next(types.Length)];
        if (datagram.Length >= 12 && random.Next(2) == 0) BinaryPrimitives.WriteUInt32BigEndian(datagram.AsSpan(4), (uint)random.Next(4)); // a slot that exists
        return datagram;
    }

    private static async Task OpenConnectionsAsync(IPEndPoint server, Random random, int count)
    {
        byte[][] first = [.. Enumerable.Range(0, count).Select(_ => Opening(random))];
        await Parallel.ForEachAsync(first, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (bytes, cancellation) =>
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(server, cancellation);
            int received = 0;
            try
            {
                await socket.SendAsync(bytes, cancellation);
                socket.Shutdown(SocketShutdown.Send);
                byte[] buffer = new byte[4096];
                using var patience = new CancellationTokenSource(FastRelayProgram.Patience);
                for (int read; (read = await socket.ReceiveAsync(buffer, patience.Token)) > 0;) received += read;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
            {
                // Closed with our bytes unread: as good an answer as an end.
            }
            received.ShouldBeLessThanOrEqualTo(bytes.Length);
        });
    }

    /// <summary>Noise, and things that look like a HELLO (SPEC 4.3) for one field longer than the last.</summary>
    private static byte[] Opening(Random random)
    {
        byte[] bytes = new byte[random.Next(1, 600)];
        random.NextBytes(bytes);
        if (random.Next(4) == 0) return bytes;
        byte[] start = [0x21, 1, 0, 252, (byte)'F', (byte)'R', (byte)'L', (byte)'1', 1, 0, 1, 1, 0, 1];
        start.AsSpan(0, Math.Min(random.Next(start.Length + 1), bytes.Length)).CopyTo(bytes);
        return bytes;
    }
}
