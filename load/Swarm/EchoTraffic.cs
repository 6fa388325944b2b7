using System.Buffers.Binary;
using FastRelay.Protocol.Wire;

namespace FastRelay.Load.Swarm;

/// <summary>
/// Datagrams as long as a heartbeat, which an echo sends back. They aren't sealed: an echo is faster than a server, and the generator must
/// be faster than either.
/// </summary>
internal readonly struct EchoTraffic : ITraffic
{
    private const int Length = DatagramLimits.ShortSize;
    private const int DeviceAt = 4;
    private const int CounterAt = 12;

    public int Write(Span<byte> datagram, ref SwarmDevice device, int index)
    {
        device.Awaited = ++device.Counter;
        var head = datagram[..Length];
        head.Clear();
        BinaryPrimitives.WriteInt32BigEndian(head[DeviceAt..], index);
        BinaryPrimitives.WriteUInt32BigEndian(head[CounterAt..], device.Counter);
        return Length;
    }

    public Taken Take(ReadOnlySpan<byte> datagram, ref SwarmDevice device, int index) =>
        datagram.Length == Length
        && BinaryPrimitives.ReadInt32BigEndian(datagram[DeviceAt..]) == index
        && BinaryPrimitives.ReadUInt32BigEndian(datagram[CounterAt..]) == device.Awaited
            ? Taken.Reply
            : Taken.Strange;

    public bool GivesUp(ref SwarmDevice device) => true;
}
