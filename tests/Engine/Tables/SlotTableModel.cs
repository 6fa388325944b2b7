using FastRelay.Engine.Tables;

namespace FastRelay.Engine.Tests.Tables;

/// <summary>What every slot table must do, checked against a plain dictionary under random steps.</summary>
internal static class SlotTableModel
{
    public const int Capacity = 100;

    public static void Check(ISlotTable<NumberSlot> table, int seed)
    {
        var random = new Random(seed);
        var plain = new Dictionary<SlotHandle, long>();
        var stale = new List<SlotHandle> { default, new(0, 1), new(99, 0), new(100, 1), new(uint.MaxValue, uint.MaxValue) };
        for (int step = 0; step < 8_000; step++)
        {
            switch (random.Next(5))
            {
                case < 2:
                    table.TryAllocate(out var added).ShouldBe(plain.Count < Capacity);
                    if (added == default) break;
                    table.TryGet(added, out _).Value.ShouldBe(0);
                    table.TryGet(added, out _).Again.ShouldBe(0);
                    stale.Remove(added);
                    table.TryGet(added, out _).Value = table.TryGet(added, out _).Again = plain[added] = random.NextInt64();
                    break;
                case 2 when plain.Count > 0:
                    var freed = plain.Keys.ElementAt(random.Next(plain.Count));
                    table.Free(freed).ShouldBeTrue();
                    plain.Remove(freed);
                    stale.Add(freed);
                    break;
                case 3:
                    var old = stale[random.Next(stale.Count)];
                    table.TryGet(old, out bool found);
                    found.ShouldBeFalse();
                    table.Free(old).ShouldBeFalse();
                    break;
                default:
                    uint index = (uint)random.Next(110);
                    bool taken = table.TryGetHandle(index, out var present);
                    taken.ShouldBe(plain.Keys.Any(h => h.Index == index));
                    if (taken) table.TryGet(present, out _).Value.ShouldBe(plain[present]);
                    break;
            }
            table.Count.ShouldBe(plain.Count);
        }
    }
}
