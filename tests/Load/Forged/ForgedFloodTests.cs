using System.Net;
using FastRelay.Load.Forged;
using FastRelay.Load.Swarm;
using FastRelay.Protocol.Wire;

namespace FastRelay.Load.Tests.Forged;

public sealed class ForgedFloodTests
{
    [Fact]
    public void No_forged_datagram_is_genuine_and_each_kind_is_what_it_says()
    {
        var devices = new SwarmDevice[10];
        for (uint i = 0; i < devices.Length; i++) devices[i].Begin(new Cid(i, i + 1), new byte[32]);
        using var flood = new ForgedFlood(new IPEndPoint(IPAddress.Loopback, 9), devices);
        using var aead = SwarmAead.Create();
        byte[] room = new byte[Resume.Size];
        var seen = new HashSet<RejectReason>();
        for (uint turn = 1; turn <= 6_000; turn++)
        {
            var datagram = room.AsSpan(0, flood.Write(room, turn));
            datagram.Length.ShouldBeInRange(1, Resume.Size);
            var reason = DatagramHeader.TryRead(datagram, out var header);
            seen.Add(reason);
            switch (turn % ForgedFlood.Kinds.Count)
            {
                case 1:
                    header.Cid.Tag.ShouldBe(header.Cid.Slot + 1);
                    Heartbeat.TryOpen(datagram, new byte[32], aead, out _).ShouldBe(RejectReason.BadTag);
                    break;
                case 3:
                    header.Type.ShouldBe(DatagramType.Ack);
                    break;
                case 4:
                    Resume.TryRead(datagram, out _).ShouldBe(RejectReason.None);
                    break;
                case 5:
                    header.Cid.Tag.ShouldBe(turn);
                    break;
            }
        }
        seen.ShouldContain(RejectReason.TooShort);
        seen.ShouldContain(RejectReason.UnknownType);
        seen.ShouldContain(RejectReason.None);
    }
}
