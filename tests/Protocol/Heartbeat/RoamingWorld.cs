using System.Runtime.InteropServices;
using FastRelay.Protocol.Heartbeat;

namespace FastRelay.Protocol.Tests.Heartbeat;

/// <summary>
/// One state of the models <c>roam</c> and <c>move</c>: the real <see cref="RoamingState"/> and <see cref="ReplayWindow"/> of the server, a device,
/// an attacker's purse, and the datagrams under way. A plain value, so that copying it is branching.
/// </summary>
internal struct RoamingWorld
{
    public const byte Home = 1;

    /// <summary>The attacker's address in roam, the device's new one in move.</summary>
    public const byte Elsewhere = 2;

    public RoamingState Server;
    public ReplayWindow Window;
    public Queue16 Up;
    public Queue16 ToHome;
    public Queue16 ToElsewhere;
    public Queue16 Forwarded;
    public long Now;
    public uint NextNonce;
    public byte DeviceAt;
    public byte Counter;
    public byte Beats;
    public byte Budget;
    public bool SeenElsewhere;
    public byte NaiveBound;

    public static TransportAddress Address(byte place) => new(new UInt128(0, 0x0000_FFFF_C000_0200UL + place), place);

    /// <summary>A session bound to and validated at home; the next nonces are 1 (candidate), 2 (old path), 3 …</summary>
    public static RoamingWorld Established(byte budget)
    {
        var world = new RoamingWorld { Server = new RoamingState(Address(Home).Ip), NextNonce = 1, DeviceAt = Home, Budget = budget, NaiveBound = Home };
        var entropy = new CountingEntropy();
        uint? nonce = world.Server.OnHeartbeat(Address(Home), null, 0, entropy).ReplyChallenge;
        world.Server.OnHeartbeat(Address(Home), nonce, 0, entropy);
        return world;
    }

    /// <summary>The device sends a heartbeat from where it is.</summary>
    public void DeviceSends(byte echo) => Up.Add(++Counter, DeviceAt, echo);

    /// <summary>The server's timer comes.</summary>
    public void TimerComes()
    {
        Now = Math.Max(Now, Server.NextTimerMs);
        if (Server.OnTimer(Now).BoundChallenge is { } nonce) SendTo(Server.Bound, nonce);
    }

    public void SendTo(TransportAddress to, uint nonce) => (to.Port == Home ? ref ToHome : ref ToElsewhere).Add(0, 0, (byte)nonce);

    public readonly bool IsQuietAtHome => Up.Count == 0 && ToHome.Count == 0;

    /// <summary>128 bits that stand for this state: two different states of some 10⁶ share them with odds of about 2⁻⁸⁸.</summary>
    public UInt128 Fingerprint()
    {
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(ref this, 1)));
        ulong low = 0x9E3779B97F4A7C15, high = 0xC2B2AE3D27D4EB4F;
        foreach (ulong word in words)
        {
            // A multiplication of 64 by 64 bits, both halves kept: mixes every bit of the word with every bit so far.
            high += Math.BigMul(low ^ word, 0xD6E8FEB86659FD93, out low);
            low ^= ulong.RotateLeft(high, 29);
        }
        return new UInt128(high, low);
    }

    /// <summary>Up to 8 datagrams of 16 bits, first in first out: <c>counter 7 ‖ source 2 ‖ nonce 7</c>.</summary>
    public struct Queue16
    {
        private UInt128 _bits;

        public int Count { get; private set; }

        public void Add(int counter, int source, int nonce)
        {
            if (Count == 8 || counter > 127 || source > 3 || nonce > 127) throw new InvalidOperationException("The model's queue is too small.");
            _bits |= (UInt128)(uint)((counter << 9) | (source << 7) | nonce) << (16 * Count++);
        }

        public (int Counter, byte Source, byte Nonce) Take()
        {
            uint head = (ushort)_bits;
            _bits >>= 16;
            Count--;
            return ((int)(head >> 9), (byte)((head >> 7) & 3), (byte)(head & 127));
        }
    }
}
