using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FastRelay.Engine.Tables;

/// <summary>
/// A cache line of an <see cref="IdIndex{TIds}"/>: up to seven entries, eight bytes each, without gaps.
/// <code>
///  0  u32      version     even at rest, odd while the writer is in this bucket's chain; counts in the first of a chain alone
///  4  u32 × 7  hash        of the entries 1 to 7
/// 32  u32      next        the next bucket of the chain, its number and one; 0: none
/// 36  u32 × 7  slot        of the entries 1 to 7, its number and one; 0: no entry
/// </code>
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = SlotWord.CacheLine)]
internal unsafe struct IdBucket
{
    /// <summary>Entries of a bucket; they are numbered from 1, as their words are.</summary>
    public const int Entries = 7;

    private const int NextAt = Entries + 1;
    private const uint EntryBits = 0xFE;

    private fixed uint _words[2 * (Entries + 1)];

    public ref uint Version => ref _words[0];

    public ref uint Next => ref _words[NextAt];

    public ref uint HashOf(int entry) => ref _words[entry];

    public ref uint SlotOf(int entry) => ref _words[NextAt + entry];

    /// <summary>The entries with a hash, a bit each (entry 1 is bit 1); some may have no slot.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly uint Matching(uint hash) =>
        Vector256.Equals(Vector256.LoadUnsafe(in _words[0]), Vector256.Create(hash)).ExtractMostSignificantBits() & EntryBits;

    /// <summary>How many entries there are.</summary>
    public readonly int Count()
    {
        uint empty = Vector256.Equals(Vector256.LoadUnsafe(in _words[NextAt]), Vector256<uint>.Zero).ExtractMostSignificantBits() & EntryBits;
        return empty == 0 ? Entries : BitOperations.TrailingZeroCount(empty) - 1;
    }
}
