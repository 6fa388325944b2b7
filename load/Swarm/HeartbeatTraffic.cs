using FastRelay.Protocol.Wire;

namespace FastRelay.Load.Swarm;

/// <summary>Heartbeats of real sessions, and their ACKs, each of which must verify.</summary>
/// <param name="aead">The swarm's.</param>
/// <param name="ackEvery">Every how many heartbeats a device asks for an ACK.</param>
internal readonly struct HeartbeatTraffic(IPacketAead aead, int ackEvery) : ITraffic
{
    public int Write(Span<byte> datagram, ref SwarmDevice device, int index)
    {
        uint counter = ++device.Counter;
        // Shifted by the device's place, so that the ACKs of a window are spread evenly.
        bool wanted = device.IsChallenged || (counter + (uint)index) % (uint)ackEvery == 0;
        device.Awaited = wanted ? counter : 0;
        return WriteHeartbeat(datagram, ref device, wanted, aead);
    }

    public Taken Take(ReadOnlySpan<byte> datagram, ref SwarmDevice device, int index) => Read(datagram, ref device, aead, out _);

    public bool GivesUp(ref SwarmDevice device) => true;

    /// <summary>Writes the heartbeat of a device's present counter.</summary>
    public static int WriteHeartbeat(Span<byte> datagram, ref SwarmDevice device, bool ackWanted, IPacketAead aead)
    {
        var heartbeat = new Heartbeat { Cid = device.Cid, Counter = device.Counter, AckWanted = ackWanted, Echo = device.IsChallenged ? device.Challenge : null };
        device.IsChallenged = false;
        return heartbeat.Seal(datagram, device.Key, aead);
    }

    /// <summary>Reads an ACK; one with a challenge has its device echo it with the next heartbeat.</summary>
    public static Taken Read(ReadOnlySpan<byte> datagram, ref SwarmDevice device, IPacketAead aead, out bool challenged)
    {
        challenged = false;
        if (Ack.TryOpen(datagram, device.Key, aead, out var ack) != RejectReason.None || ack.Cid != device.Cid) return Taken.Strange;
        if (ack.Challenge is { } nonce)
        {
            (device.Challenge, device.IsChallenged) = (nonce, true);
            challenged = true;
            return Taken.Reply;
        }
        return ack.HeartbeatCounter == (ushort)device.Awaited ? Taken.Reply : Taken.Strange;
    }
}
