using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastRelay.Protocol.Wire;

namespace FastRelay.Load.Swarm;

/// <summary>
/// One device of a swarm: what of a session must be remembered, in 64 bytes, so that ten million of them fit beside the server. What can be
/// computed again (its address, its identity, its ticket) isn't here. Written by the swarm's thread alone.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SwarmDevice
{
    /// <summary>Bytes of one.</summary>
    public const int Size = 64;

    /// <summary>K_udp.</summary>
    public SessionKey Key;

    /// <summary>When the datagram awaiting its reply was sent, in ticks of the stopwatch.</summary>
    public long SentAt;

    /// <summary>The slot of its cid.</summary>
    public uint Slot;

    /// <summary>The tag of its cid; 0 without a session.</summary>
    public uint Tag;

    /// <summary>The counter of the last datagram sent: no run sends 2³² of one device.</summary>
    public uint Counter;

    /// <summary>What the reply awaited answers, such as a heartbeat's counter; 0 when none is awaited.</summary>
    public uint Awaited;

    /// <summary>The nonce of the challenge to echo, where <see cref="IsChallenged"/>.</summary>
    public uint Challenge;

    /// <summary>Whether the next heartbeat echoes <see cref="Challenge"/> (SPEC 7.3).</summary>
    public bool IsChallenged;

    /// <summary>What its next entry in the calendar is for.</summary>
    public SwarmPhase Phase;

    /// <summary>How often the datagram awaiting its reply was sent again.</summary>
    public byte Tries;

    /// <summary>How often it came back by RESUME, modulo 256: each return has its own nonce.</summary>
    public byte Returns;

    /// <summary>The session.</summary>
    public Cid Cid
    {
        readonly get => new(Slot, Tag);
        set => (Slot, Tag) = (value.Slot, value.Tag);
    }

    /// <summary>Begins a session.</summary>
    /// <param name="cid">Its cid.</param>
    /// <param name="key">Its key, 32 bytes.</param>
    public void Begin(Cid cid, ReadOnlySpan<byte> key)
    {
        Cid = cid;
        key.CopyTo(Key);
        (Counter, Awaited, Tries, IsChallenged) = (0, 0, 0, false);
    }

    /// <summary>32 bytes.</summary>
    [InlineArray(32)]
    internal struct SessionKey
    {
        private byte _first;
    }
}
