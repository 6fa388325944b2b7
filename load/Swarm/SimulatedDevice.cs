using FastRelay.Protocol.Heartbeat;
using FastRelay.Protocol.Wire;

namespace FastRelay.Load.Swarm;

/// <summary>
/// One device as the server sees it: a session of its own with its own key and counter, made by a real handshake and registration. Of the
/// device's side only what heartbeats need is kept. One heartbeat that wants an ACK is under way at a time.
/// </summary>
/// <param name="cid">The session.</param>
/// <param name="key">Its key, 32 bytes.</param>
internal sealed class SimulatedDevice(Cid cid, byte[] key)
{
    private SendCounter _counter;

    /// <summary>The session.</summary>
    public Cid Cid { get; } = cid;

    /// <summary>K_udp.</summary>
    public ReadOnlySpan<byte> Key => key;

    /// <summary>The counter of the heartbeat whose reply is awaited; 0 when none is.</summary>
    public ulong Awaited { get; set; }

    /// <summary>When that heartbeat was sent, in ticks of the stopwatch.</summary>
    public long SentAt { get; set; }

    /// <summary>The challenge that the next heartbeat echoes (SPEC 7.3).</summary>
    public uint? Challenge { get; set; }

    /// <summary>The next heartbeat's counter.</summary>
    public ulong NextCounter() => _counter.TryNext(out ulong counter) ? counter : throw new InvalidOperationException("No run sends 2^60 heartbeats.");
}
