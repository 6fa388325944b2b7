using System.Numerics;
using System.Runtime.CompilerServices;

namespace FastRelay.Engine.Tables;

/// <summary>SipHash (Aumasson and Bernstein, 2012) of exactly 16 bytes: whoever lacks the key can't choose ids that collide.</summary>
internal static class SipHash
{
    /// <summary>The hash.</summary>
    /// <param name="key">Its first eight bytes are the low half, little-endian.</param>
    /// <param name="message">The same.</param>
    /// <param name="rounds">After each word. A constant, like the next.</param>
    /// <param name="lastRounds">At the end.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Of(UInt128 key, UInt128 message, int rounds, int lastRounds)
    {
        ulong k0 = (ulong)key, k1 = (ulong)(key >> 64);
        ulong v0 = k0 ^ 0x736f6d6570736575, v1 = k1 ^ 0x646f72616e646f6d;
        ulong v2 = k0 ^ 0x6c7967656e657261, v3 = k1 ^ 0x7465646279746573;
        Absorb((ulong)message, rounds, ref v0, ref v1, ref v2, ref v3);
        Absorb((ulong)(message >> 64), rounds, ref v0, ref v1, ref v2, ref v3);
        // The last word of a message of 16 bytes holds its length alone.
        Absorb(16UL << 56, rounds, ref v0, ref v1, ref v2, ref v3);
        v2 ^= 0xFF;
        for (int i = 0; i < lastRounds; i++) Round(ref v0, ref v1, ref v2, ref v3);
        return v0 ^ v1 ^ v2 ^ v3;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Absorb(ulong word, int rounds, ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3)
    {
        v3 ^= word;
        for (int i = 0; i < rounds; i++) Round(ref v0, ref v1, ref v2, ref v3);
        v0 ^= word;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3)
    {
        v0 += v1;
        v1 = BitOperations.RotateLeft(v1, 13) ^ v0;
        v0 = BitOperations.RotateLeft(v0, 32);
        v2 += v3;
        v3 = BitOperations.RotateLeft(v3, 16) ^ v2;
        v0 += v3;
        v3 = BitOperations.RotateLeft(v3, 21) ^ v0;
        v2 += v1;
        v1 = BitOperations.RotateLeft(v1, 17) ^ v2;
        v2 = BitOperations.RotateLeft(v2, 32);
    }
}
