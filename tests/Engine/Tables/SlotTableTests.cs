using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastRelay.Engine.Tables;

namespace FastRelay.Engine.Tests.Tables;

public sealed class SlotTableTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void It_does_what_a_dictionary_of_handles_does(int seed)
    {
        using var table = new SlotTable<NumberSlot>(SlotTableModel.Capacity);
        SlotTableModel.Check(table, seed);
    }

    [Fact]
    public void Memory_of_the_base_library_does_as_well()
    {
        using var table = new SlotTable<NumberSlot>(SlotTableModel.Capacity, new PortableMemory(SlotTableModel.Capacity * 64));
        SlotTableModel.Check(table, seed: 4);
    }

    [Fact]
    public void A_slot_takes_its_size_and_nothing_beside_it()
    {
        using var table = new SlotTable<NumberSlot>(100_000);
        for (int i = 0; i < 100_000; i++) table.TryAllocate(out _).ShouldBeTrue();
        table.MemoryBytes.ShouldBe(100_000 * 64);
        ref var first = ref table.At(0);
        ref var last = ref table.At(99_999);
        Unsafe.ByteOffset(ref first, ref last).ShouldBe(99_999 * 64);
        (AddressOf(ref first) % 64).ShouldBe(0);
    }

    [Fact]
    public void A_full_table_refuses_and_a_freed_slot_is_given_out_zeroed_under_a_new_handle()
    {
        using var table = new SlotTable<NumberSlot>(1);
        table.TryAllocate(out var first).ShouldBeTrue();
        table.TryGet(first, out _).Value = 42;
        table.TryAllocate(out _).ShouldBeFalse();
        table.Free(first).ShouldBeTrue();
        table.Free(first).ShouldBeFalse();
        table.TryAllocate(out var second).ShouldBeTrue();
        second.Index.ShouldBe(first.Index);
        second.ShouldNotBe(first);
        table.TryGet(second, out _).Value.ShouldBe(0);
        table.TryGet(second, out _).Generation.ShouldBe(second.Generation);
    }

    [Fact]
    public void The_slot_freed_first_is_used_first()
    {
        using var table = new SlotTable<NumberSlot>(4);
        var handles = new SlotHandle[4];
        for (int i = 0; i < 4; i++) table.TryAllocate(out handles[i]);
        uint[] order = [2, 0, 3, 1];
        foreach (uint index in order) table.Free(handles[index]).ShouldBeTrue();
        foreach (uint index in order)
        {
            table.TryAllocate(out var next).ShouldBeTrue();
            next.Index.ShouldBe(index);
        }
    }

    [Fact]
    public void A_slot_stays_where_it_is_while_the_table_grows()
    {
        using var table = new SlotTable<NumberSlot>(50_000);
        table.TryAllocate(out var first);
        ref var slot = ref table.TryGet(first, out _);
        for (int i = 1; i < 50_000; i++) table.TryAllocate(out _).ShouldBeTrue();
        slot.Value = 7;
        table.TryGet(first, out _).Value.ShouldBe(7);
    }

    [Fact]
    public void An_index_that_was_never_given_out_finds_nothing()
    {
        using var table = new SlotTable<NumberSlot>(1_000_000);
        table.TryAllocate(out _);
        foreach (uint index in new uint[] { 1, 999_999, 1_000_000, int.MaxValue, uint.MaxValue })
        {
            table.TryGetHandle(index, out _).ShouldBeFalse();
            table.TryGet(new SlotHandle(index, 1), out bool found);
            found.ShouldBeFalse();
            Unsafe.IsNullRef(ref table.At(index)).ShouldBeTrue();
            table.Prefetch(index);
        }
    }

    [Fact]
    public void A_slot_type_without_a_word_of_its_own_is_refused()
    {
        Should.Throw<TypeInitializationException>(() => new SlotTable<TooSmall>(1).TryAllocate(out _)).InnerException.ShouldBeOfType<NotSupportedException>();
        Should.Throw<TypeInitializationException>(() => new SlotTable<Askew>(1).TryAllocate(out _)).InnerException.ShouldBeOfType<NotSupportedException>();
        Should.Throw<TypeInitializationException>(() => new SlotTable<Forgetful>(1).TryAllocate(out _)).InnerException.ShouldBeOfType<NotSupportedException>();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Readers_beside_the_writer_never_take_one_tenancy_for_another(int seed)
    {
        using var table = new SlotTable<NumberSlot>(64);
        // What the writer last made: index in the low half, generation in the high one.
        long[] made = new long[64];
        long seen = 0, gone = 0;
        await Race.Run(readers: 3, Read, Write);
        seen.ShouldBeGreaterThan(0);
        gone.ShouldBeGreaterThan(0);

        void Read(Random random)
        {
            long known = Volatile.Read(ref made[random.Next(made.Length)]);
            var handle = new SlotHandle((uint)known, (uint)(known >> 32));
            ref var slot = ref table.TryGet(handle, out bool found);
            if (!found)
            {
                Interlocked.Increment(ref gone);
                return;
            }
            var (value, again) = (slot.Value, slot.Again);
            Volatile.ReadBarrier();
            table.TryGet(handle, out found);
            if (!found) return;
            // The writer publishes a handle only after it has filled the slot.
            if (value != known || again != ~known) throw new InvalidOperationException("Bytes of another tenancy.");
            Interlocked.Increment(ref seen);
        }

        void Write(Func<long> looks)
        {
            var random = new Random(seed);
            var handles = new SlotHandle[64];
            for (int step = 0; step < 50_000 || looks() < 3_000; step++)
            {
                int at = random.Next(64);
                if (handles[at] != default)
                {
                    table.Free(handles[at]).ShouldBeTrue();
                    handles[at] = default;
                    continue;
                }
                if (!table.TryAllocate(out handles[at])) throw new InvalidOperationException("There is room for all.");
                ref var slot = ref table.TryGet(handles[at], out _);
                if (slot.Value != 0 || slot.Again != 0) throw new InvalidOperationException("A new tenancy isn't zero.");
                long known = ((long)handles[at].Generation << 32) | handles[at].Index;
                slot.Value = known;
                slot.Again = ~known;
                Volatile.Write(ref made[at], known);
            }
        }
    }

    private static unsafe nint AddressOf(ref NumberSlot slot) => (nint)Unsafe.AsPointer(ref slot);

    [StructLayout(LayoutKind.Sequential)]
    private struct TooSmall : ISlot
    {
        public uint Generation { get; set; }
    }

    [StructLayout(LayoutKind.Explicit, Size = 16)]
    private struct Askew : ISlot
    {
        [FieldOffset(2)] private uint _generation;

        public uint Generation { readonly get => _generation; set => _generation = value; }
    }

    [StructLayout(LayoutKind.Sequential, Size = 16)]
    private struct Forgetful : ISlot
    {
        public readonly uint Generation { get => 0; set => _ = value; }
    }
}
