using System.Numerics;

namespace FastRelay.Engine.Timing;

/// <summary>
/// Deadlines of slots, one each, in a hierarchical wheel: setting, moving and clearing one is O(1); advancing is O(expired),
/// plus at most one move a level for an entry in its whole life, however much time has passed. 16 bytes an entry, in chunks,
/// so that growth copies nothing. Owned by one shard; not thread-safe.
/// </summary>
/// <remarks>
/// Time is cut into ticks. Level L has 64 buckets of 64^L ticks each. An entry stands at the level of the highest 6-bit
/// digit in which its tick differs from the wheel's, in the bucket of that digit; so it moves down exactly when the wheel
/// enters its bucket, and buckets of a lower level are always due before those of a higher. Each level keeps a bitmap of its
/// occupied buckets, by which empty time is skipped. (Varghese and Lauck, "Hashed and hierarchical timing wheels", 1987.)
/// </remarks>
public sealed class TimingWheel
{
    private const int DigitBits = 6;
    private const int BucketsPerLevel = 1 << DigitBits;

    // 64^6 ticks: two years at a millisecond a tick.
    private const int Levels = 6;

    // The farthest tick that isn't in the top level's current bucket; later deadlines wait there and are placed anew.
    private const long Horizon = (BucketsPerLevel - 1L) << (DigitBits * (Levels - 1));

    private const uint None = uint.MaxValue;
    private const uint BucketFlag = 0x8000_0000;

#if DEBUG
    private const int ChunkBits = 6;
#else
    private const int ChunkBits = 14;
#endif
    private const int ChunkSize = 1 << ChunkBits;

    private readonly long _tickMs;
    private readonly uint[] _heads = new uint[Levels * BucketsPerLevel];
    private readonly ulong[] _occupied = new ulong[Levels];
    private Entry[]?[] _chunks = new Entry[]?[4];
    private long _now;

    /// <summary>Makes an empty wheel that stands at a time.</summary>
    /// <param name="nowMs">The shard's time.</param>
    /// <param name="tickMs">Milliseconds of a tick, 1 to 60,000: a slot expires at most this much late, never early.</param>
    public TimingWheel(long nowMs, int tickMs = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(nowMs);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tickMs);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tickMs, 60_000);
        _tickMs = tickMs;
        _now = nowMs / tickMs;
        _heads.AsSpan().Fill(None);
    }

    /// <summary>Slots that have a deadline.</summary>
    public int Count { get; private set; }

    /// <summary>Sets or moves a slot's deadline. One that has passed expires with the next advance.</summary>
    /// <param name="slot">Below 2³¹. Memory grows with the highest slot used.</param>
    /// <param name="dueMs">When, by the shard's clock.</param>
    public void Set(uint slot, long dueMs)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(slot, BucketFlag);
        ref var entry = ref EntryForWriting(slot);
        if (entry.IsLinked) Unlink(ref entry);
        else Count++;
        // Rounded up: never early.
        entry.Due = dueMs <= 0 ? 0 : ((dueMs - 1) / _tickMs) + 1;
        Link(slot, ref entry);
    }

    /// <summary>Takes a slot's deadline back.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Clear(uint slot)
    {
        if (slot >= BucketFlag || slot >> ChunkBits >= _chunks.Length || _chunks[slot >> ChunkBits] is null) return false;
        ref var entry = ref At(slot);
        if (!entry.IsLinked) return false;
        Unlink(ref entry);
        Count--;
        return true;
    }

    /// <summary>Moves time on and hands out slots whose deadline has passed; each leaves the wheel as it is handed out.</summary>
    /// <param name="nowMs">The shard's time. A time before the last one changes nothing.</param>
    /// <param name="expired">Takes the slots, earlier deadlines first.</param>
    /// <returns>How many were handed out. When that is all the room there was, call again.</returns>
    public int Advance(long nowMs, Span<uint> expired)
    {
        long target = nowMs / _tickMs;
        int count = 0;
        while (TryFindNext(out int level, out int bucket, out long due) && due <= target)
        {
            _now = Math.Max(_now, due);
            ref uint head = ref _heads[(level * BucketsPerLevel) + bucket];
            while (head != None)
            {
                if (level == 0 && count == expired.Length) return count;
                uint slot = head;
                ref var entry = ref At(slot);
                Unlink(ref entry);
                if (entry.Due > _now || count == expired.Length)
                {
                    // Into a lower level: this bucket's digit is the wheel's own by now.
                    Link(slot, ref entry);
                    continue;
                }
                Count--;
                expired[count++] = slot;
            }
        }
        _now = Math.Max(_now, target);
        return count;
    }

    /// <summary>When the wheel next wants to be advanced; no deadline passes before. Null when it is empty.</summary>
    public long? NextDueMs => TryFindNext(out _, out _, out long due) ? due * _tickMs : null;

    /// <summary>The lowest level that isn't empty holds the bucket that is due first.</summary>
    private bool TryFindNext(out int level, out int bucket, out long due)
    {
        for (level = 0; level < Levels; level++)
        {
            ulong occupied = _occupied[level];
            if (occupied == 0) continue;
            int shift = DigitBits * level;
            int digit = (int)(_now >> shift) & (BucketsPerLevel - 1);
            bucket = (BitOperations.TrailingZeroCount(BitOperations.RotateRight(occupied, digit)) + digit) & (BucketsPerLevel - 1);
            long levelSpan = 1L << (shift + DigitBits);
            due = (_now & ~(levelSpan - 1)) + ((long)bucket << shift);
            // Only at the highest level, where the far future wraps round.
            if (bucket < digit) due += levelSpan;
            return true;
        }
        bucket = 0;
        due = 0;
        return false;
    }

    private void Link(uint slot, ref Entry entry)
    {
        long tick = Math.Clamp(entry.Due, _now, _now + Horizon);
        int level = Math.Min((63 - BitOperations.LeadingZeroCount((ulong)(tick ^ _now) | 1)) / DigitBits, Levels - 1);
        int digit = (int)(tick >> (DigitBits * level)) & (BucketsPerLevel - 1);
        uint index = (uint)((level * BucketsPerLevel) + digit);
        ref uint head = ref _heads[index];
        entry.Previous = BucketFlag | index;
        entry.Next = head;
        entry.IsLinked = true;
        if (head != None) At(head).Previous = slot;
        head = slot;
        _occupied[level] |= 1UL << digit;
    }

    private void Unlink(ref Entry entry)
    {
        if (entry.Next != None) At(entry.Next).Previous = entry.Previous;
        if ((entry.Previous & BucketFlag) == 0)
        {
            At(entry.Previous).Next = entry.Next;
        }
        else
        {
            uint index = entry.Previous & ~BucketFlag;
            _heads[index] = entry.Next;
            if (entry.Next == None) _occupied[index / BucketsPerLevel] &= ~(1UL << (int)(index % BucketsPerLevel));
        }
        entry.IsLinked = false;
    }

    private ref Entry At(uint slot) => ref _chunks[slot >> ChunkBits]![slot & (ChunkSize - 1)];

    private ref Entry EntryForWriting(uint slot)
    {
        int chunk = (int)(slot >> ChunkBits);
        if (chunk >= _chunks.Length) Array.Resize(ref _chunks, (int)BitOperations.RoundUpToPowerOf2((uint)chunk + 1));
        _chunks[chunk] ??= new Entry[ChunkSize];
        return ref At(slot);
    }

    /// <summary>16 bytes: the tick and, in its sign, whether the entry is in a bucket; and its neighbours there.</summary>
    private struct Entry
    {
        private long _dueAndLinked;

        /// <summary>The entry after it in the bucket, or <see cref="None"/>.</summary>
        public uint Next;

        /// <summary>The entry before it, or its bucket with <see cref="BucketFlag"/>.</summary>
        public uint Previous;

        public long Due
        {
            readonly get => _dueAndLinked & long.MaxValue;
            set => _dueAndLinked = value | (_dueAndLinked & long.MinValue);
        }

        public bool IsLinked
        {
            readonly get => _dueAndLinked < 0;
            set => _dueAndLinked = value ? _dueAndLinked | long.MinValue : _dueAndLinked & long.MaxValue;
        }
    }
}
