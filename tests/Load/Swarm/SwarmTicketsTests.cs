using System.Net;
using FastRelay.Load.Swarm;
using FastRelay.Protocol;
using FastRelay.Protocol.Heartbeat;
using FastRelay.Protocol.Wire;

namespace FastRelay.Load.Tests.Swarm;

public sealed class SwarmTicketsTests : IDisposable
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
    private readonly DeviceSwarm _swarm = new(new IPEndPoint(IPAddress.Loopback, 9), 20);
    private readonly TicketKeys _keys = TicketKeys.Create(epoch: 7, (uint)Now.ToUnixTimeSeconds(), SystemEntropy.Instance);
    private readonly SwarmTickets _tickets;

    public SwarmTicketsTests() => _tickets = new SwarmTickets(_swarm, _keys, Now, TimeSpan.FromHours(1));

    [Fact]
    public void A_server_opens_the_ticket_and_the_RESUME_of_each_device()
    {
        var ids = new HashSet<DeviceId>();
        byte[] room = new byte[Ticket.ContentSize];
        for (int i = 0; i < 20; i++)
        {
            byte[] datagram = Written(i);
            Resume.TryRead(datagram, out var read).ShouldBe(RejectReason.None);
            _keys.TryOpen(read.Ticket, (uint)Now.ToUnixTimeSeconds(), _swarm.Aead, room, out var ticket).ShouldBe(RejectReason.None);
            Resume.TryOpen(datagram, ticket.AuthKey, _swarm.Aead, out _).ShouldBe(RejectReason.None);
            ticket.SecondsLeft((uint)Now.ToUnixTimeSeconds()).ShouldBe(3_600u);
            ticket.RegisteredIp.ShouldBe(TransportAddress.From(new IPEndPoint(_swarm.Sockets.IPAddressOf(i), 0)).Ip);
            ids.Add(ticket.Device).ShouldBeTrue();
        }
    }

    [Fact]
    public void A_RESUME_that_is_sent_again_is_the_very_same_and_that_of_another_return_is_not()
    {
        byte[] first = Written(3), again = Written(3);
        again.ShouldBe(first);
        _swarm.Devices[3].Returns++;
        Written(3).ShouldNotBe(first);
        Written(4).ShouldNotBe(first);
    }

    [Fact]
    public void A_genuine_RESUME_ACK_begins_the_session_and_anything_else_changes_nothing()
    {
        byte[] acknowledgement = AnswerOf(5, ResumeStatus.Resumed, new Cid(0x1234, 0x5678));
        ref var device = ref _swarm.Devices[5];
        device.Counter = 9;
        _tickets.TryReadAck(AnswerOf(6, ResumeStatus.Resumed, new Cid(1, 2)), ref device, 5, out _).ShouldBeNull();
        acknowledgement[100] ^= 1;
        _tickets.TryReadAck(acknowledgement, ref device, 5, out _).ShouldBeNull();
        device.Tag.ShouldBe(0u);
        acknowledgement[100] ^= 1;
        _tickets.TryReadAck(acknowledgement, ref device, 5, out _).ShouldBe(ResumeStatus.Resumed);
        device.Cid.ShouldBe(new Cid(0x1234, 0x5678));
        device.Counter.ShouldBe(0u);
    }

    [Fact]
    public void A_full_server_tells_how_long_to_stay_away()
    {
        ref var device = ref _swarm.Devices[5];
        _tickets.TryReadAck(AnswerOf(5, ResumeStatus.Full, default), ref device, 5, out int retryAfter).ShouldBe(ResumeStatus.Full);
        retryAfter.ShouldBe(30);
        device.Tag.ShouldBe(0u);
    }

    public void Dispose() => _swarm.Dispose();

    private byte[] Written(int device)
    {
        byte[] datagram = new byte[Resume.Size];
        _tickets.WriteResume(datagram, _swarm.Devices[device], device).ShouldBe(Resume.Size);
        return datagram;
    }

    /// <summary>As a server answers.</summary>
    private byte[] AnswerOf(int device, ResumeStatus status, Cid cid)
    {
        Resume.TryRead(Written(device), out var resume).ShouldBe(RejectReason.None);
        byte[] room = new byte[Ticket.ContentSize];
        _keys.TryOpen(resume.Ticket, (uint)Now.ToUnixTimeSeconds(), _swarm.Aead, room, out var ticket).ShouldBe(RejectReason.None);
        byte[] key = new byte[ResumeKeys.KeySize];
        ResumeKeys.DeriveSession(ticket.RootKey, resume.ClientNonce, 77, cid, ticket.Device, key);
        bool resumed = status == ResumeStatus.Resumed;
        var answer = new ResumeAck
        {
            Cid = cid,
            SealNonce = 5,
            ServerNonce = 77,
            Status = status,
            Missed = resumed ? (byte)3 : (byte)0,
            Interval = resumed ? (ushort)250 : (ushort)0,
            AckEvery = resumed ? (byte)1 : (byte)0,
            LifetimeSeconds = resumed ? 100u : 0,
            RetryAfterSeconds = resumed ? (ushort)0 : (ushort)30,
        };
        byte[] datagram = new byte[ResumeAck.Size];
        answer.Seal(datagram, key, _swarm.Aead);
        return datagram;
    }
}
