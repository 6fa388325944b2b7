using FastRelay.Load.Swarm;

namespace FastRelay.Load.Versus;

/// <summary>SIP registrations, again and again: each device is an address of record with one contact.</summary>
/// <param name="message">The request.</param>
internal readonly struct SipTraffic(SipMessage message) : ITraffic
{
    public int Write(Span<byte> datagram, ref SwarmDevice device, int index)
    {
        device.Awaited = ++device.Counter;
        return message.Write(datagram, (uint)index, device.Counter);
    }

    public Taken Take(ReadOnlySpan<byte> datagram, ref SwarmDevice device, int index) =>
        SipMessage.IsOk(datagram, (uint)index, device.Awaited) ? Taken.Reply : Taken.Strange;

    public bool GivesUp(ref SwarmDevice device) => true;
}
