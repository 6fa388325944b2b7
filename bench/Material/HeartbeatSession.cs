using System.Net;
using FastRelay.Protocol;
using FastRelay.Protocol.Wire;

namespace FastRelay.Bench.Material;

/// <summary>One device's session on the UDP plane: key, cid, address, and an authenticator that knows the key.</summary>
internal sealed class HeartbeatSession
{
    public byte[] Key { get; } = [.. Enumerable.Range(1, PacketAeadExtensions.KeySize).Select(i => (byte)i)];

    public Cid Cid { get; } = new(7, 0xA1B2C3D4);

    public TransportAddress Source { get; } = TransportAddress.From(new IPEndPoint(IPAddress.Parse("203.0.113.7"), 40_123));

    public PlatformPacketAead Aead { get; } = new();

    /// <summary>A sealed heartbeat.</summary>
    public byte[] Heartbeat(ulong counter, bool isLong = false)
    {
        var heartbeat = new Heartbeat { Cid = Cid, Counter = counter, AckWanted = true, RttMs = 20, IsLong = isLong };
        byte[] datagram = new byte[heartbeat.Size];
        heartbeat.Seal(datagram, Key, Aead);
        return datagram;
    }
}
