using System.Net.Sockets;
using FastRelay.Engine.Buffers;
using FastRelay.Engine.Streams;

namespace FastRelay.Engine.Tests.Streams;

[Collection(Alone.Name)]
public sealed class StreamAllocationTests
{
    private const int Count = 1_000;

    [Theory]
    [InlineData(StreamBackend.Portable, StreamContinuations.ThreadPool)]
    [InlineData(StreamBackend.Epoll, StreamContinuations.ThreadPool)]
    [InlineData(StreamBackend.Epoll, StreamContinuations.Loop)]
    public async Task A_message_each_way_costs_no_allocation(StreamBackend backend, StreamContinuations continuations)
    {
        var arena = new BufferArena();
        await using var fixture = new StreamFixture(backend, o => (o.Pool, o.Continuations) = (arena.ForRole("test"), continuations));
        var (raw, server) = await fixture.RawPairAsync();
        using var _ = raw;
        raw.ReceiveTimeout = (int)Within.Limit.TotalMilliseconds;
        byte[] message = new byte[64];
        var serving = EchoAsync(server);

        double best = double.MaxValue;
        for (int round = 0; round < 5; round++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            for (int i = 0; i < Count; i++)
            {
                raw.Send(message);
                raw.Receive(message);
            }
            best = Math.Min(best, (double)(GC.GetTotalAllocatedBytes(precise: true) - before) / Count);
        }
        best.ShouldBeLessThan(1.0);
        raw.Shutdown(SocketShutdown.Send);
        await Within.Time(serving);
    }

    private static async Task EchoAsync(StreamConnection connection)
    {
        while (true)
        {
            var read = await connection.Input.ReadAsync();
            foreach (var memory in read.Buffer) await connection.Output.WriteAsync(memory);
            connection.Input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) return;
        }
    }
}
