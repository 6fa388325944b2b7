using FastRelay.Engine.Tables;

namespace FastRelay.Engine.Tests.Tables;

public sealed class PlainSlotTableTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void It_does_what_a_dictionary_of_handles_does(int seed) => SlotTableModel.Check(new PlainSlotTable<NumberSlot>(SlotTableModel.Capacity), seed);

    [Fact]
    public void A_full_table_refuses_and_a_freed_slot_is_given_out_zeroed_under_a_new_handle()
    {
        var table = new PlainSlotTable<long>(1);
        table.TryAllocate(out var first).ShouldBeTrue();
        table.TryGet(first, out _) = 42;
        table.TryAllocate(out _).ShouldBeFalse();
        table.Free(first).ShouldBeTrue();
        table.TryAllocate(out var second).ShouldBeTrue();
        second.Index.ShouldBe(first.Index);
        second.ShouldNotBe(first);
        table.TryGet(second, out _).ShouldBe(0);
    }

    [Fact]
    public void A_slot_stays_where_it_is_while_the_table_grows()
    {
        var table = new PlainSlotTable<long>(10_000);
        table.TryAllocate(out var first);
        ref long slot = ref table.TryGet(first, out _);
        for (int i = 1; i < 10_000; i++) table.TryAllocate(out _).ShouldBeTrue();
        slot = 7;
        table.TryGet(first, out _).ShouldBe(7);
    }

    [Fact]
    public void Threads_never_share_a_slot()
    {
        var table = new PlainSlotTable<long>(200);
        Parallel.For(0, 4, worker =>
        {
            var random = new Random(worker);
            var mine = new Queue<SlotHandle>();
            for (int i = 0; i < 50_000; i++)
            {
                if (mine.Count < 50 && random.Next(2) == 0)
                {
                    if (!table.TryAllocate(out var added)) throw new InvalidOperationException("There is room for all.");
                    table.TryGet(added, out _) = (worker * 1_000_000_000L) + added.Generation;
                    mine.Enqueue(added);
                }
                else if (mine.TryDequeue(out var handle))
                {
                    if (table.TryGet(handle, out bool found) != (worker * 1_000_000_000L) + handle.Generation || !found)
                        throw new InvalidOperationException("Another thread wrote into a slot that it doesn't own.");
                    if (!table.Free(handle)) throw new InvalidOperationException("A handle went stale by itself.");
                }
            }
            while (mine.TryDequeue(out var handle)) table.Free(handle);
        });
        table.Count.ShouldBe(0);
    }
}
