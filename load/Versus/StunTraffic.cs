using System.Buffers.Binary;
using FastRelay.Load.Swarm;

namespace FastRelay.Load.Versus;

/// <summary>STUN Binding requests, the keep-alive of NAT traversal without authentication: each device's have an id of its own and a counter.</summary>
internal readonly struct StunTraffic : ITraffic
{
    private const int DeviceAt = 4;
    private const int CounterAt = 8;

    public int Write(Span<byte> datagram, ref SwarmDevice device, int index)
    {
        device.Awaited = ++device.Counter;
        Span<byte> id = stackalloc byte[StunMessage.IdSize];
        WriteId(id, index, device.Counter);
        return StunMessage.WriteRequest(datagram, id);
    }

    public Taken Take(ReadOnlySpan<byte> datagram, ref SwarmDevice device, int index)
    {
        Span<byte> id = stackalloc byte[StunMessage.IdSize];
        WriteId(id, index, device.Awaited);
        return StunMessage.TryReadSuccess(datagram, id, out _, out _) ? Taken.Reply : Taken.Strange;
    }

    public bool GivesUp(ref SwarmDevice device) => true;

    private static void WriteId(Span<byte> id, int index, uint counter)
    {
        id.Clear();
        BinaryPrimitives.WriteInt32BigEndian(id[DeviceAt..], index);
        BinaryPrimitives.WriteUInt32BigEndian(id[CounterAt..], counter);
    }
}
