using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;

namespace FastRelay.Engine.Tables;

/// <summary>
/// Finds the slot of an id: a keyed hash and eight bytes an entry, in buckets of a cache line; the id itself is read in the slot. It grows by
/// linear hashing (Litwin, 1980): an entry too many splits one bucket into two, so the dearest insertion moves the entries of one chain.
/// </summary>
/// <remarks>
/// <para>Bucket b of n is that of the hashes whose low bits are b, by as many bits as n needs, or one bit fewer where that number isn't in use
/// yet. What overflows a bucket stands in a chain of further ones. At most 16 bytes an entry from a thousand entries on, chains included.</para>
/// <para>One writer; readers take no lock. Each chain has a version, in its first bucket: odd while the writer is in it. A reader takes the
/// version (acquire), reads the chain and the ids in the slots, and believes what it read only if, behind a load-load barrier, the version is
/// still the same: then the entry was in the chain all the while, so its slot was the id's. The writer makes the version odd, then (store-store
/// barrier) changes the chain, then makes it even (release). A reader that meets the writer, or finds the chain changed, begins again; the
/// writer is in a chain for a few dozen stores.</para>
/// <para>The shape is the number of buckets, and how often it has changed. Splitting and merging publish a new shape while both chains are
/// odd; a reader that finds another shape than it began with begins again, since its bucket may not be the right one any more.</para>
/// </remarks>
/// <typeparam name="TIds">Reads the id in a slot.</typeparam>
public sealed unsafe class IdIndex<TIds> : IIdIndex, IDisposable
    where TIds : struct, IIdOfSlot
{
    // Entries a bucket, in halves: with 5.5, an entry takes 14.4 bytes at the worst fill, and one in ten stands in an overflow bucket.
    private const int SplitAboveHalves = 11;
    private const int MergeBelowHalves = 10;

    // So that the half of the buckets is at least one.
    private const uint LeastBuckets = 2;
    private const long GiveBackEvery = 2 << 20;

    // What a processor can wait for at once is less, and the first must still be in its cache when the last has been asked for.
    private const int PrefetchedAtOnce = 64;

    // One id in ten is in the second bucket of its chain, hardly any in a later one.
    private const int PrefetchedOfChain = 2;

    private readonly TIds _ids;
    private readonly UInt128 _key;
    private readonly int _capacity;
    private readonly ITableMemory _memory;
    private readonly IdBuckets _overflow;
    private IdBucket* _buckets;
    private ulong _shape = LeastBuckets;
    private int _count;
    private ulong[] _moving = new ulong[4 * IdBucket.Entries];

    /// <summary>Makes an empty index with a key of its own.</summary>
    /// <param name="capacity">Most entries; memory comes with use.</param>
    /// <param name="ids">Reads the ids.</param>
    public IdIndex(int capacity, TIds ids)
        : this(capacity, ids, RandomKey())
    {
    }

    internal IdIndex(int capacity, TIds ids, UInt128 key)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        _capacity = capacity;
        _ids = ids;
        _key = key;
        long most = (2L * capacity / SplitAboveHalves) + LeastBuckets + 1;
        _memory = TableMemory.Reserve(most * sizeof(IdBucket));
        _memory.TryUse(LeastBuckets * sizeof(IdBucket));
        // A chain that overflows has eight entries or more, and only its last bucket isn't full.
        _overflow = new IdBuckets((capacity / IdBucket.Entries) + (capacity / (IdBucket.Entries + 1)) + 2L);
        _buckets = (IdBucket*)_memory.Start;
    }

    /// <inheritdoc/>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Bytes that its buckets take: those in use, and overflow buckets that ever were.</summary>
    public long MemoryBytes => (Buckets + (long)_overflow.Used) * sizeof(IdBucket);

    /// <summary>The most entries that one call has moved so far.</summary>
    internal int MostMoved { get; private set; }

    private uint Buckets => (uint)Volatile.Read(ref _shape);

    /// <inheritdoc/>
    public bool TryGet(UInt128 id, out uint slot)
    {
        uint hash = Hash(id);
        var spin = default(SpinWait);
        while (true)
        {
            ulong shape = Volatile.Read(ref _shape);
            var first = BucketOf(hash, (uint)shape);
            uint version = Volatile.Read(ref first->Version);
            if ((version & 1) == 0 && TryRead(first, version, hash, id, out uint found) && Volatile.Read(ref _shape) == shape)
            {
                slot = found == 0 ? 0 : found - 1;
                return found != 0;
            }
            // The writer may have been interrupted: let it run.
            spin.SpinOnce(sleep1Threshold: -1);
        }
    }

    /// <summary>
    /// Brings what look-ups of these ids will read into the processor's cache, all of them at once: a look-up alone waits for its bucket and then
    /// for its slot. For a batch: ask for all, then look them up. Only a hint, which may be wrong where the writer works meanwhile. Any thread.
    /// </summary>
    public void Prefetch(ReadOnlySpan<UInt128> ids)
    {
        if (!Sse.IsSupported) return;
        uint* hashes = stackalloc uint[PrefetchedAtOnce];
        var at = stackalloc IdBucket*[PrefetchedAtOnce];
        for (; !ids.IsEmpty; ids = ids[Math.Min(ids.Length, PrefetchedAtOnce)..])
        {
            uint buckets = Buckets;
            int left = Math.Min(ids.Length, PrefetchedAtOnce);
            for (int i = 0; i < left; i++)
            {
                hashes[i] = Hash(ids[i]);
                at[i] = BucketOf(hashes[i], buckets);
                Sse.Prefetch0(at[i]);
            }
            // The slots behind them; and of those few that aren't in their first bucket, the next one's.
            for (int step = 0; step < PrefetchedOfChain && left > 0; step++) left = PrefetchSlots(hashes, at, left);
        }
    }

    /// <inheritdoc/>
    public bool TryAdd(UInt128 id, uint slot)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(slot, uint.MaxValue);
        uint hash = Hash(id);
        var first = BucketOf(hash, Buckets);
        if (Find(first, hash, id, out _) is not null) return false;
        if (_count == _capacity) throw new InvalidOperationException("There are no more slots than the capacity, so no more ids.");
        Enter(first);
        Append(first, hash, slot + 1);
        Leave(first);
        Volatile.Write(ref _count, _count + 1);
        if (2L * _count > (long)SplitAboveHalves * Buckets) Split();
        return true;
    }

    /// <inheritdoc/>
    public bool Replace(UInt128 id, uint expected, uint slot)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(slot, uint.MaxValue);
        uint hash = Hash(id);
        var first = BucketOf(hash, Buckets);
        var bucket = Find(first, hash, id, out int entry);
        if (bucket is null || bucket->SlotOf(entry) != expected + 1) return false;
        Enter(first);
        bucket->SlotOf(entry) = slot + 1;
        Leave(first);
        return true;
    }

    /// <inheritdoc/>
    public bool TryRemove(UInt128 id, uint expected)
    {
        uint hash = Hash(id);
        var first = BucketOf(hash, Buckets);
        var bucket = Find(first, hash, id, out int entry);
        if (bucket is null || bucket->SlotOf(entry) != expected + 1) return false;
        Enter(first);
        Remove(first, bucket, entry);
        Leave(first);
        Volatile.Write(ref _count, _count - 1);
        if (Buckets > LeastBuckets && 2L * _count < (long)MergeBelowHalves * Buckets) Merge();
        return true;
    }

    /// <summary>Gives the memory back. Nobody may look anything up any more.</summary>
    public void Dispose()
    {
        _buckets = null;
        _memory.Dispose();
        _overflow.Dispose();
    }

    internal static uint Hash(UInt128 key, UInt128 id) => (uint)SipHash.Of(key, id, rounds: 1, lastRounds: 3);

    private static UInt128 RandomKey()
    {
        UInt128 key = default;
        RandomNumberGenerator.Fill(new Span<byte>(&key, sizeof(UInt128)));
        return key;
    }

    private static void Enter(IdBucket* first)
    {
        Volatile.Write(ref first->Version, first->Version + 1);
        Volatile.WriteBarrier();
    }

    private static void Leave(IdBucket* first) => Volatile.Write(ref first->Version, first->Version + 1);

    private uint Hash(UInt128 id) => Hash(_key, id);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private IdBucket* BucketOf(uint hash, uint buckets)
    {
        uint mask = uint.MaxValue >> BitOperations.LeadingZeroCount(buckets - 1);
        uint number = hash & mask;
        if (number >= buckets) number &= mask >> 1;
        return _buckets + number;
    }

    /// <summary>Asks for the slots that these hashes have in these buckets, and for the next of the chain where they have none.</summary>
    /// <returns>How many have none; they stand at the front now, with their next buckets.</returns>
    private int PrefetchSlots(uint* hashes, IdBucket** at, int count)
    {
        int left = 0;
        for (int i = 0; i < count; i++)
        {
            var bucket = at[i];
            bool any = false;
            for (uint matching = bucket->Matching(hashes[i]); matching != 0; matching &= matching - 1)
            {
                uint slot = bucket->SlotOf(BitOperations.TrailingZeroCount(matching));
                if (slot == 0) continue;
                _ids.Prefetch(slot - 1);
                any = true;
            }
            // A link that is out of date leads to a bucket all the same: their memory stays.
            uint next = bucket->Next;
            if (any || next == 0) continue;
            hashes[left] = hashes[i];
            at[left] = _overflow[next];
            Sse.Prefetch0(at[left++]);
        }
        return left;
    }

    /// <summary>A reader's look through a chain: the id's slot and one, or 0.</summary>
    /// <returns>False when the writer was in it meanwhile.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryRead(IdBucket* first, uint version, uint hash, UInt128 id, out uint found)
    {
        for (var bucket = first; ;)
        {
            for (uint matching = bucket->Matching(hash); matching != 0; matching &= matching - 1)
            {
                found = bucket->SlotOf(BitOperations.TrailingZeroCount(matching));
                if (found == 0 || _ids.IdOf(found - 1) != id) continue;
                Volatile.ReadBarrier();
                return Volatile.Read(ref first->Version) == version;
            }
            uint next = bucket->Next;
            found = 0;
            // Also before each step along the chain, so that a link read while the chain changed is never followed.
            Volatile.ReadBarrier();
            if (Volatile.Read(ref first->Version) != version) return false;
            if (next == 0) return true;
            bucket = _overflow[next];
        }
    }

    /// <summary>The writer's look through a chain.</summary>
    private IdBucket* Find(IdBucket* first, uint hash, UInt128 id, out int entry)
    {
        for (var bucket = first; ; bucket = _overflow[bucket->Next])
        {
            for (uint matching = bucket->Matching(hash); matching != 0; matching &= matching - 1)
            {
                entry = BitOperations.TrailingZeroCount(matching);
                if (bucket->SlotOf(entry) != 0 && _ids.IdOf(bucket->SlotOf(entry) - 1) == id) return bucket;
            }
            if (bucket->Next == 0)
            {
                entry = 0;
                return null;
            }
        }
    }

    private void Append(IdBucket* first, uint hash, uint slotAndOne)
    {
        var last = first;
        while (last->Next != 0) last = _overflow[last->Next];
        int entry = last->Count() + 1;
        if (entry > IdBucket.Entries)
        {
            last->Next = _overflow.Take();
            last = _overflow[last->Next];
            entry = 1;
        }
        last->HashOf(entry) = hash;
        last->SlotOf(entry) = slotAndOne;
    }

    /// <summary>The chain's last entry takes the place of the one removed; a bucket that is empty then goes back.</summary>
    private void Remove(IdBucket* first, IdBucket* bucket, int entry)
    {
        IdBucket* before = null;
        var last = first;
        while (last->Next != 0)
        {
            before = last;
            last = _overflow[last->Next];
        }
        int lastEntry = last->Count();
        bucket->HashOf(entry) = last->HashOf(lastEntry);
        bucket->SlotOf(entry) = last->SlotOf(lastEntry);
        last->SlotOf(lastEntry) = 0;
        if (lastEntry > 1 || before is null) return;
        uint emptied = before->Next;
        before->Next = 0;
        _overflow.Give(emptied);
    }

    /// <summary>The next bucket in turn is split: half of its entries, by one more bit of their hash, go into a new one.</summary>
    private void Split()
    {
        uint buckets = Buckets;
        // Without memory the chains grow longer, and everything still works.
        if (!_memory.TryUse((buckets + 1L) * sizeof(IdBucket))) return;
        var low = _buckets + LowOf(buckets);
        var high = _buckets + buckets;
        Enter(low);
        Enter(high);
        int moved = Take(low);
        uint bit = buckets ^ LowOf(buckets);
        for (int i = 0; i < moved; i++)
        {
            var (hash, slot) = ((uint)(_moving[i] >> 32), (uint)_moving[i]);
            Append((hash & bit) == 0 ? low : high, hash, slot);
        }
        Publish(buckets + 1);
        Leave(high);
        Leave(low);
        MostMoved = Math.Max(MostMoved, moved);
    }

    /// <summary>The other way: the last bucket's entries go back to the one that they were split from.</summary>
    private void Merge()
    {
        uint buckets = Buckets - 1;
        var low = _buckets + LowOf(buckets);
        var high = _buckets + buckets;
        Enter(low);
        Enter(high);
        int moved = Take(high);
        for (int i = 0; i < moved; i++) Append(low, (uint)(_moving[i] >> 32), (uint)_moving[i]);
        Publish(buckets);
        Leave(high);
        Leave(low);
        MostMoved = Math.Max(MostMoved, moved);
        if ((long)buckets * sizeof(IdBucket) % GiveBackEvery == 0) _memory.GiveBack((long)buckets * sizeof(IdBucket));
    }

    /// <summary>The bucket that a bucket is split from: its number without the highest bit.</summary>
    private static uint LowOf(uint bucket) => bucket ^ (1u << BitOperations.Log2(bucket));

    private void Publish(uint buckets) => Volatile.Write(ref _shape, ((_shape >> 32) + 1) << 32 | buckets);

    /// <summary>Empties a chain into the array.</summary>
    private int Take(IdBucket* first)
    {
        int count = 0;
        uint number = 0;
        for (var bucket = first; ;)
        {
            int entries = bucket->Count();
            if (count + entries > _moving.Length) Array.Resize(ref _moving, 2 * _moving.Length);
            for (int entry = 1; entry <= entries; entry++)
            {
                _moving[count++] = ((ulong)bucket->HashOf(entry) << 32) | bucket->SlotOf(entry);
                bucket->SlotOf(entry) = 0;
            }
            uint next = bucket->Next;
            if (number == 0) bucket->Next = 0;
            else _overflow.Give(number);
            if (next == 0) return count;
            number = next;
            bucket = _overflow[next];
        }
    }
}
