using System.Net.Sockets;
using FastRelay.Engine.Buffers;

namespace FastRelay.Engine.Tests.Streams;

[Collection(Alone.Name)]
public sealed class StreamAllocationTests
{
    private const int Count = 1_000;

    [Fact]
    public async Task A_message_each_way_costs_no_allocation()
    {
        var arena = new BufferArena();
        await using var fixture = new StreamFixture(o => o.Pool = arena.ForRole("test"));
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

    private static async Task EchoAsync(FastRelay.Engine.Streams.StreamConnection connection)
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
