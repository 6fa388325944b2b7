using System.Buffers;
using System.Net;
using FastRelay.Engine.Buffers;
using FastRelay.Engine.Streams;

namespace FastRelay.Engine.Tests.Streams;

/// <summary>Connections that end in the midst of everything, while others, which get their descriptors, must not notice.</summary>
[Collection(Alone.Name)]
public sealed class StreamStressTests
{
    private const int Size = 3_000;

    [Theory]
    [InlineData(StreamBackend.Portable, StreamContinuations.ThreadPool)]
    [InlineData(StreamBackend.Epoll, StreamContinuations.ThreadPool)]
    [InlineData(StreamBackend.Epoll, StreamContinuations.Loop)]
    public async Task No_connection_gets_a_byte_of_another_however_they_end(StreamBackend backend, StreamContinuations continuations)
    {
        var pool = new LeakTrackingPool(1024);
        var options = new StreamListenerOptions { Pool = pool, Backend = backend, Continuations = continuations };
        await using var listener = StreamListener.Bind(new IPEndPoint(IPAddress.Loopback, 0), options);
        var serving = ServeAsync(listener);
        var end = DateTime.UtcNow + TimeSpan.FromSeconds(1);
        long whole = 0;
        await Task.WhenAll(Enumerable.Range(1, 8).Select(client => Task.Run(async () =>
        {
            var random = new Random(client);
            var dial = new StreamConnectOptions { Pool = pool, Backend = backend };
            for (int i = 0; DateTime.UtcNow < end; i++)
            {
                var outcome = await Within.Time(StreamConnector.ConnectAsync(listener.LocalEndPoint, dial));
                var connection = outcome.Connection.ShouldNotBeNull();
                if (await ExchangeAsync(connection, (byte)((client * 31) + i), random)) Interlocked.Increment(ref whole);
                await Within.Time(connection.DisposeAsync());
                await Within.Time(connection.Completion);
            }
        })));
        await listener.DisposeAsync();
        await Within.Time(serving);
        pool.ThrowIfLeaked();
        whole.ShouldBeGreaterThan(50);
    }

    /// <summary>Sends one byte over and over, and has nothing else come back.</summary>
    private static async Task<bool> ExchangeAsync(StreamConnection connection, byte value, Random random)
    {
        byte[] sent = new byte[random.Next(1, Size)];
        sent.AsSpan().Fill(value);
        bool aborts = random.Next(3) == 0;
        var aborting = aborts ? Task.Run(connection.Abort) : Task.CompletedTask;
        await connection.Output.WriteAsync(sent);
        if (random.Next(4) == 0) connection.SetDeadline(TimeSpan.FromMilliseconds(1));
        long received = 0;
        while (received < sent.Length)
        {
            var read = await Within.Time(connection.Input.ReadAsync());
            foreach (var memory in read.Buffer) memory.Span.IndexOfAnyExcept(value).ShouldBe(-1);
            received += read.Buffer.Length;
            connection.Input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) break;
        }
        await aborting;
        return received == sent.Length;
    }

    private static async Task ServeAsync(StreamListener listener)
    {
        var open = new List<Task>();
        while (await listener.AcceptAsync() is { } connection) open.Add(EchoAsync(connection));
        await Task.WhenAll(open);
    }

    private static async Task EchoAsync(StreamConnection connection)
    {
        while (true)
        {
            var read = await connection.Input.ReadAsync();
            connection.Output.Write(read.Buffer.ToArray());
            connection.Input.AdvanceTo(read.Buffer.End);
            var flushed = await connection.Output.FlushAsync();
            if (read.IsCompleted || flushed.IsCompleted) break;
        }
        await connection.DisposeAsync();
    }
}
