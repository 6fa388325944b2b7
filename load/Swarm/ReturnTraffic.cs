using System.Diagnostics;
using FastRelay.Protocol.Wire;

namespace FastRelay.Load.Swarm;

/// <summary>
/// Devices that come in by RESUME, one round trip, and send the first heartbeat of the new session, another: then they are bound
/// (SPEC 7.9). A closed loop of them comes as fast as the server takes them.
/// </summary>
/// <param name="tickets">Their tickets.</param>
/// <param name="aead">The swarm's.</param>
/// <param name="counts">What comes of it.</param>
/// <param name="since">What <see cref="ReturnCounts.BoundAfter"/> counts from, in ticks of the stopwatch.</param>
internal readonly struct ReturnTraffic(SwarmTickets tickets, IPacketAead aead, ReturnCounts counts, long since) : ITraffic
{
    /// <summary>Sets what is awaited for a RESUME apart from a heartbeat's counter.</summary>
    private const uint OfResume = 0x8000_0000;

    /// <summary>Heartbeats of a new session that may stay without an ACK, before its device shows its ticket once more.</summary>
    private const int MostTries = 4;

    /// <summary>Has a device begin its return with its next turn.</summary>
    public static void Begin(ref SwarmDevice device)
    {
        device.Phase = SwarmPhase.Return;
        device.Returns++;
        (device.Counter, device.Awaited, device.Tries) = (0, 0, 0);
    }

    public int Write(Span<byte> datagram, ref SwarmDevice device, int index)
    {
        uint counter = ++device.Counter;
        if (device.Phase == SwarmPhase.Return)
        {
            device.Awaited = OfResume | counter;
            counts.Resumes++;
            return tickets.WriteResume(datagram, device, index);
        }
        device.Awaited = counter;
        return HeartbeatTraffic.WriteHeartbeat(datagram, ref device, ackWanted: true, aead);
    }

    public Taken Take(ReadOnlySpan<byte> datagram, ref SwarmDevice device, int index)
    {
        if (device.Phase == SwarmPhase.Return)
        {
            var status = tickets.TryReadAck(datagram, ref device, index, out _);
            // Full: it comes again with its next try.
            if (status == ResumeStatus.Full) counts.Full++;
            if (status != ResumeStatus.Resumed) return Taken.Strange;
            device.Phase = SwarmPhase.Beat;
            return Taken.More;
        }
        var taken = HeartbeatTraffic.Read(datagram, ref device, aead, out bool challenged);
        if (taken != Taken.Reply || challenged) return challenged ? Taken.More : taken;
        counts.Bound++;
        counts.BoundAfter.Record(Stopwatch.GetElapsedTime(since));
        return Taken.Reply;
    }

    public bool GivesUp(ref SwarmDevice device)
    {
        if (device.Phase == SwarmPhase.Beat && device.Tries >= MostTries) Begin(ref device);
        return false;
    }
}
