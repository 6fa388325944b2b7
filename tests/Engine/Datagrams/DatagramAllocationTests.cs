using System.Net;
using System.Net.Sockets;
using FastRelay.Engine.Datagrams;

namespace FastRelay.Engine.Tests.Datagrams;

[Collection(Alone.Name)]
public sealed class DatagramAllocationTests
{
    private const int Count = 2_000;

    [Theory]
    [InlineData(DatagramBackend.Portable, 1)]
    [InlineData(DatagramBackend.Portable, 8)]
    [InlineData(DatagramBackend.Epoll, 1)]
    [InlineData(DatagramBackend.Epoll, 8)]
    public async Task A_datagram_costs_no_allocation_after_the_start(DatagramBackend backend, int window)
    {
        var state = new EchoState();
        await using var loop = DatagramLoop.Bind(new EchoHandler(state), new DatagramLoopOptions { Backend = backend, BindEndPoint = new IPEndPoint(IPAddress.Loopback, 0) });
        loop.Start();
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = (int)Within.Limit.TotalMilliseconds };
        client.Connect(loop.LocalEndPoint);
        byte[] buffer = new byte[64];

        // The best of some rounds: the runtime's own threads allocate now and then, the loop would in every round.
        double best = double.MaxValue;
        for (int round = 0; round < 5; round++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            Exchange();
            best = Math.Min(best, (double)(GC.GetTotalAllocatedBytes(precise: true) - before) / Count);
        }
        best.ShouldBeLessThan(1.0);
        Interlocked.Read(ref state.Seen).ShouldBe(5 * Count);

        void Exchange()
        {
            for (int i = 0; i < Count; i += window)
            {
                for (int k = 0; k < window; k++) client.Send(buffer);
                for (int k = 0; k < window; k++) client.Receive(buffer);
            }
        }
    }
}
