using System.Net;
using System.Net.Sockets;
using FastRelay.Engine.Datagrams.Epoll;
using FastRelay.Engine.Interop.Linux;

namespace FastRelay.Engine.Tests.Datagrams.Epoll;

public sealed class AliasSocketTests : IDisposable
{
    private readonly Socket _peer = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 5_000 };

    public AliasSocketTests() => _peer.Bind(new IPEndPoint(IPAddress.Loopback, 0));

    [Fact]
    public void Each_datagram_leaves_from_its_own_address()
    {
        using var socket = Make(batch: 4);
        for (byte i = 1; i <= 3; i++)
        {
            socket.Next(0x7F01_0200u + i)[0] = i;
            socket.Commit(i);
        }
        socket.Room.ShouldBe(1);
        socket.Send().ShouldBe(3);
        socket.Room.ShouldBe(4);
        byte[] buffer = new byte[100];
        for (byte i = 1; i <= 3; i++)
        {
            EndPoint from = new IPEndPoint(IPAddress.Any, 0);
            _peer.ReceiveFrom(buffer, ref from).ShouldBe(i);
            buffer[0].ShouldBe(i);
            from.ShouldBe(new IPEndPoint(new IPAddress([127, 1, 2, i]), socket.Port));
        }
    }

    [Fact]
    public void A_datagram_that_comes_tells_to_which_address_it_was_sent()
    {
        using var socket = Make(batch: 4);
        for (byte i = 1; i <= 3; i++) _peer.SendTo(new byte[i], new IPEndPoint(new IPAddress([127, 200, 3, i]), socket.Port));
        var came = new List<(uint, int)>();
        bool all = SpinWait.SpinUntil(() =>
        {
            int count = socket.Receive();
            for (int i = 0; i < count; i++) came.Add((socket.SentTo(i), socket.Payload(i).Length));
            return came.Count >= 3;
        }, TimeSpan.FromSeconds(5));
        all.ShouldBeTrue();
        came.ShouldBe([(0x7FC8_0301u, 1), (0x7FC8_0302u, 2), (0x7FC8_0303u, 3)]);
    }

    [Fact]
    public void A_full_batch_takes_no_more()
    {
        using var socket = Make(batch: 1);
        socket.Next(0x7F00_0001);
        socket.Commit(1);
        Should.Throw<InvalidOperationException>(() => socket.Next(0x7F00_0001).Clear());
        socket.Send();
        Should.Throw<ArgumentOutOfRangeException>(() => socket.Commit(65));
    }

    [Fact]
    public void What_the_kernel_refuses_is_counted_and_the_rest_goes_on()
    {
        using var socket = Make(batch: 2);
        // 192.0.2.1 isn't this machine's (RFC 5737).
        socket.Next(0xC000_0201);
        socket.Commit(1);
        socket.Next(0x7F00_0005);
        socket.Commit(2);
        socket.Send().ShouldBe(1);
        socket.Refused.ShouldBe(1);
        _peer.Receive(new byte[8]).ShouldBe(2);
    }

    public void Dispose() => _peer.Dispose();

    private AliasSocket Make(int batch)
    {
        Assert.SkipWhen(LinuxFeatures.WhyNoBatches is not null, "needs Linux");
        return new AliasSocket((IPEndPoint)_peer.LocalEndPoint!, batch, maxDatagram: 64, kernelBufferBytes: 1 << 16);
    }
}
