using System.Net;
using System.Net.Sockets;
using FastRelay.Equipment.Devices;
using FastRelay.Protocol;
using FastRelay.Protocol.Wire;
using FastRelay.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace FastRelay.Equipment.Tests.Devices;

public sealed class ReceivePauseTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void The_first_error_costs_nothing_and_those_that_follow_at_once_ever_more_up_to_a_second()
    {
        var pause = new ReceivePause(_time);
        int[] waited = [.. Enumerable.Range(0, 12).Select(_ => Fail(pause))];
        waited.ShouldBe([0, 10, 20, 40, 80, 160, 320, 640, 1000, 1000, 1000, 1000]);
        pause.Succeed();
        Fail(pause).ShouldBe(0);
    }

    [Fact]
    public void Errors_that_come_apart_as_an_ICMP_message_after_each_heartbeat_does_never_pause()
    {
        var pause = new ReceivePause(_time);
        for (int i = 0; i < 10; i++)
        {
            pause.Begin();
            _time.Advance(TimeSpan.FromSeconds(1));
            pause.Fail().ShouldBe(TimeSpan.Zero);
        }
    }

    [Fact]
    public async Task A_socket_that_fails_at_every_read_is_read_a_few_times_and_not_without_end()
    {
        int reads = 0;
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var registration = new Registration
        {
            Key = new byte[32],
            Cid = new Cid(1, 2),
            ResetToken = new byte[16],
            Server = (IPEndPoint)server.LocalEndPoint!,
            Interval = 250,
            AckEvery = 1,
            Lifetime = TimeSpan.FromDays(1),
            Observed = default,
        };
        await using var session = new HeartbeatSession(registration, new NoEvents(), _time, new FixedEntropy(0), default, NullLogger.Instance)
        {
            Receive = (_, _, _) =>
            {
                reads++;
                throw new SocketException((int)SocketError.NoBufferSpaceAvailable);
            },
        };
        session.Start();
        // The first error is free; then the loop waits for the clock, which stands.
        reads.ShouldBe(2);
        for (int second = 0; second < 3; second++) _time.Advance(TimeSpan.FromSeconds(1));
        reads.ShouldBeInRange(3, 15);
        session.Completion.IsCompleted.ShouldBeFalse();
    }

    private static int Fail(ReceivePause pause)
    {
        pause.Begin();
        return (int)pause.Fail().TotalMilliseconds;
    }

    private sealed class NoEvents : ISessionEvents
    {
        public void OnAlive(TransportAddress? observed)
        {
        }

        public void OnWake(ulong wakeId)
        {
        }

        public void OnFastRequest(HeartbeatSession session, byte[] connect2)
        {
        }
    }
}
