using System.Runtime.Intrinsics.X86;
using FastRelay.Engine.Tables;

namespace FastRelay.Engine.Tests.Tables;

public sealed class IdIndexTests
{
    private static readonly UInt128 Key = new(0x0123456789abcdef, 0xfedcba9876543210);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void It_does_what_a_dictionary_does(int seed)
    {
        using var index = new IdIndex<IdIndexModel.Reader>(IdIndexModel.Slots, default);
        IdIndexModel.Check(index, seed);
    }

    [Fact]
    public void It_takes_at_most_sixteen_bytes_an_entry_at_every_fill_and_moves_few_at_a_time()
    {
        const int Most = 60_000;
        using var index = new IdIndex<Ground>(Most, default, Key);
        double worst = 0;
        for (uint slot = 0; slot < Most; slot++)
        {
            index.TryAdd(Ground.Of(slot), slot).ShouldBeTrue();
            if (slot >= 1_000) worst = Math.Max(worst, (double)index.MemoryBytes / (slot + 1));
        }
        worst.ShouldBeLessThanOrEqualTo(16);
        // Chains hold 5.5 entries in the mean and twice that at the most filled; longer than this comes once in a million million.
        index.MostMoved.ShouldBeInRange(1, 48);
        for (uint slot = 0; slot < Most; slot++)
        {
            index.TryGet(Ground.Of(slot), out uint found).ShouldBeTrue();
            found.ShouldBe(slot);
        }
        for (uint slot = Most; slot < Most + 1_000; slot++) index.TryGet(Ground.Of(slot), out _).ShouldBeFalse();
    }

    [Fact]
    public void It_shrinks_as_it_grew()
    {
        const int Most = 30_000;
        using var index = new IdIndex<Ground>(Most, default, Key);
        for (uint slot = 0; slot < Most; slot++) index.TryAdd(Ground.Of(slot), slot).ShouldBeTrue();
        long full = index.MemoryBytes;
        for (uint slot = 0; slot < Most; slot++)
        {
            index.TryRemove(Ground.Of(slot), slot).ShouldBeTrue();
            if (slot % 1_000 != 0) continue;
            index.TryGet(Ground.Of(slot), out _).ShouldBeFalse();
            index.TryGet(Ground.Of(Most - 1), out uint found).ShouldBeTrue();
            found.ShouldBe(Most - 1u);
        }
        index.Count.ShouldBe(0);
        // What is left is overflow buckets, kept for the next time.
        index.MemoryBytes.ShouldBeLessThan(full / 4);
        index.MostMoved.ShouldBeInRange(1, 48);
    }

    [Fact]
    public void Ids_ground_to_collide_under_one_key_are_nothing_under_another()
    {
        const int Wanted = 300, Bits = 10;
        var guessed = new UInt128(1, 2);
        var ids = new List<UInt128>();
        for (ulong tried = 0; ids.Count < Wanted; tried++)
        {
            if ((IdIndex<Listed>.Hash(guessed, tried) & ((1u << Bits) - 1)) == 0) ids.Add(tried);
        }
        MostMovedUnder(guessed).ShouldBeGreaterThan(100);
        MostMovedUnder(Key).ShouldBeLessThan(48);

        int MostMovedUnder(UInt128 key)
        {
            using var index = new IdIndex<Listed>(Wanted, new Listed(ids), key);
            for (int i = 0; i < Wanted; i++) index.TryAdd(ids[i], (uint)i).ShouldBeTrue();
            for (int i = 0; i < Wanted; i++)
            {
                index.TryGet(ids[i], out uint found).ShouldBeTrue();
                found.ShouldBe((uint)i);
            }
            return index.MostMoved;
        }
    }

    [Fact]
    public void Each_index_has_a_key_of_its_own()
    {
        // The same ids, so under one key the same chains.
        int[] moved = [.. Enumerable.Range(0, 8).Select(_ =>
        {
            using var index = new IdIndex<Ground>(3_000, default);
            for (uint slot = 0; slot < 3_000; slot++) index.TryAdd(Ground.Of(slot), slot);
            return (int)index.MemoryBytes;
        })];
        moved.Distinct().Count().ShouldBeGreaterThan(1);
    }

    [Fact]
    public void A_batch_asked_for_ahead_asks_for_the_slots_of_its_ids_and_for_hardly_any_other()
    {
        const int Most = 10_000;
        var asked = new List<uint>();
        using var index = new IdIndex<Asked>(Most, new Asked(asked), Key);
        for (uint slot = 0; slot < Most; slot++) index.TryAdd(Ground.Of(slot), slot).ShouldBeTrue();
        UInt128[] ids = [.. Enumerable.Range(0, 1_000).Select(i => Ground.Of((uint)i * 7)), .. Enumerable.Range(0, 1_000).Select(i => Ground.Of((uint)(Most + i)))];
        index.Prefetch(ids);
        index.Prefetch([]);
        // Those few that stand in the third bucket of a chain aren't asked for, nor is anything where the processor has no such instruction.
        asked.Count.ShouldBeInRange(Sse.IsSupported ? 980 : 0, 1_010);
        asked.Count(slot => slot % 7 != 0 || slot >= 7_000).ShouldBeLessThan(10);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Readers_beside_the_writer_find_what_is_there_and_nothing_else(int seed)
    {
        const int Lasting = 200, Changing = 3_000;
        using var slots = new SlotTable<NumberSlot>(Lasting + Changing);
        using var index = new IdIndex<SlotIds>(Lasting + Changing, new SlotIds(slots), Key);
        var lasting = new uint[Lasting];
        for (uint i = 0; i < Lasting; i++) lasting[i] = Add(i).Index;
        long met = 0;
        await Race.Run(readers: 3, Read, Write);
        met.ShouldBeGreaterThan(0);

        void Read(Random random)
        {
            uint known = (uint)random.Next(Lasting);
            index.Prefetch([Ground.Of(known), Ground.Of(Lasting + (uint)random.Next(Changing))]);
            if (!index.TryGet(Ground.Of(known), out uint slot) || slot != lasting[known]) throw new InvalidOperationException("An id that is there wasn't found.");
            if (index.TryGet(Ground.Of(1_000_000 + known), out _)) throw new InvalidOperationException("An id that was never there was found.");
            var id = Ground.Of(Lasting + (uint)random.Next(Changing));
            if (!index.TryGet(id, out slot)) return;
            // It may have gone since, and another may have its slot.
            if (slots.At(slot).Id == id) Interlocked.Increment(ref met);
        }

        void Write(Func<long> looks)
        {
            var random = new Random(seed);
            var plain = new Dictionary<uint, SlotHandle>();
            // Up and down, so that buckets are split and merged under the readers.
            for (int wave = 0; wave < 6 || looks() < 10_000; wave++)
            {
                int towards = wave % 2 == 0 ? Changing * 9 / 10 : Changing / 20;
                while (plain.Count != towards)
                {
                    uint which = Lasting + (uint)random.Next(Changing);
                    bool has = plain.TryGetValue(which, out var handle);
                    if (!has && (plain.Count < towards || random.Next(80) == 0)) plain.Add(which, Add(which));
                    else if (has && random.Next(8) == 0) plain[which] = Move(which, handle);
                    else if (has && (plain.Count > towards || random.Next(80) == 0)) Drop(which, handle, plain);
                }
                if (index.Count != Lasting + plain.Count) throw new InvalidOperationException("The count is wrong.");
            }
            foreach (var (which, handle) in plain)
            {
                if (!index.TryGet(Ground.Of(which), out uint slot) || slot != handle.Index) throw new InvalidOperationException("An id was lost.");
            }
        }

        SlotHandle Add(uint which)
        {
            var handle = Fill(which);
            if (!index.TryAdd(Ground.Of(which), handle.Index)) throw new InvalidOperationException("It wasn't there.");
            return handle;
        }

        SlotHandle Move(uint which, SlotHandle from)
        {
            if (slots.Count == slots.Capacity) return from;
            var handle = Fill(which);
            if (!index.Replace(Ground.Of(which), from.Index, handle.Index)) throw new InvalidOperationException("It was there.");
            slots.Free(from);
            return handle;
        }

        void Drop(uint which, SlotHandle handle, Dictionary<uint, SlotHandle> plain)
        {
            plain.Remove(which);
            if (!index.TryRemove(Ground.Of(which), handle.Index)) throw new InvalidOperationException("It was there.");
            slots.Free(handle);
        }

        SlotHandle Fill(uint which)
        {
            if (!slots.TryAllocate(out var handle)) throw new InvalidOperationException("There is room for all.");
            slots.TryGet(handle, out _).Id = Ground.Of(which);
            return handle;
        }
    }

    /// <summary>Slot n has the n-th of ids that look like nothing.</summary>
    private readonly struct Ground : IIdOfSlot
    {
        public static UInt128 Of(uint number) => (UInt128)number * new UInt128(0x9E3779B97F4A7C15, 0xF39CC0605CEDC835);

        public UInt128 IdOf(uint slot) => Of(slot);

        public void Prefetch(uint slot)
        {
        }
    }

    private readonly struct Listed(List<UInt128> ids) : IIdOfSlot
    {
        public UInt128 IdOf(uint slot) => ids[(int)slot];

        public void Prefetch(uint slot)
        {
        }
    }

    private readonly struct SlotIds(SlotTable<NumberSlot> slots) : IIdOfSlot
    {
        public UInt128 IdOf(uint slot) => slots.At(slot).Id;

        public void Prefetch(uint slot) => slots.Prefetch(slot);
    }

    /// <summary>Writes down which slots were asked for.</summary>
    private readonly struct Asked(List<uint> slots) : IIdOfSlot
    {
        public UInt128 IdOf(uint slot) => Ground.Of(slot);

        public void Prefetch(uint slot) => slots.Add(slot);
    }
}
