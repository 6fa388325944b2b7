using System.Numerics;

namespace FastRelay.Server.Devices;

/// <summary>A row of bits with a bound; grows as bits are set. Finding goes round, so that what was found longest ago comes last. Not thread-safe.</summary>
internal sealed class BitRow(int capacity)
{
    private const int WordBits = 64;
    private ulong[] _words = [];
    private uint _nextClear;
    private uint _nextSet;

    /// <summary>Bits there can be.</summary>
    public uint Capacity => (uint)capacity;

    /// <summary>Bits that are set.</summary>
    public int Count { get; private set; }

    /// <summary>A bit; any beyond the row is clear.</summary>
    public bool Get(uint bit) => bit / WordBits < _words.Length && (_words[bit / WordBits] >> (int)(bit % WordBits) & 1) != 0;

    /// <summary>Sets or clears a bit below the capacity; one beyond is ignored.</summary>
    public void Set(uint bit, bool on)
    {
        if (bit >= Capacity || Get(bit) == on) return;
        uint word = bit / WordBits;
        if (word >= _words.Length) Array.Resize(ref _words, (int)Math.Max(word + 1, Math.Min(2 * (uint)_words.Length, (Capacity + WordBits - 1) / WordBits)));
        _words[word] ^= 1UL << (int)(bit % WordBits);
        Count += on ? 1 : -1;
    }

    /// <summary>Finds a clear bit: first those between others, then behind them all.</summary>
    public bool TryFindClear(out uint bit)
    {
        bit = 0;
        if (Count >= capacity) return false;
        uint known = (uint)_words.Length * WordBits;
        if (Count < known && TryFind(_nextClear, ulong.MaxValue, out bit) && bit < Capacity)
        {
            _nextClear = bit + 1;
            return true;
        }
        if (Count < known && TryFind(0, ulong.MaxValue, out bit) && bit < Capacity)
        {
            _nextClear = bit + 1;
            return true;
        }
        bit = known;
        return bit < Capacity;
    }

    /// <summary>Finds a bit that is set, going round.</summary>
    public bool TryFindSet(out uint bit)
    {
        if (!TryFind(_nextSet, 0, out bit) && !TryFind(0, 0, out bit)) return false;
        _nextSet = bit + 1;
        return true;
    }

    /// <summary>Finds the first bit that is set at or behind a place.</summary>
    public bool TryFindSetFrom(uint from, out uint bit) => TryFind(from, 0, out bit);

    private bool TryFind(uint from, ulong flip, out uint bit)
    {
        for (uint word = from / WordBits; word < _words.Length; word++)
        {
            ulong bits = _words[word] ^ flip;
            if (word == from / WordBits) bits &= ulong.MaxValue << (int)(from % WordBits);
            if (bits == 0) continue;
            bit = (word * WordBits) + (uint)BitOperations.TrailingZeroCount(bits);
            return true;
        }
        bit = 0;
        return false;
    }
}
