using FastRelay.Engine.Tables;

namespace FastRelay.Engine.Tests.Tables;

/// <summary>What every id index must do, checked against a plain dictionary under random steps.</summary>
internal static class IdIndexModel
{
    public static void Check(IIdIndex index, int seed)
    {
        var random = new Random(seed);
        var plain = new Dictionary<UInt128, uint>();
        for (int step = 0; step < 20_000; step++)
        {
            // Ids that differ in one half only, as those of an attacker who grinds them might.
            var id = new UInt128((ulong)random.Next(10), (ulong)random.Next(10) << 32);
            uint slot = (uint)random.Next(5);
            uint expected = (uint)random.Next(5);
            bool known = plain.TryGetValue(id, out uint has);
            switch (random.Next(4))
            {
                case 0:
                    index.TryAdd(id, slot).ShouldBe(plain.TryAdd(id, slot));
                    break;
                case 1:
                    index.Replace(id, expected, slot).ShouldBe(known && has == expected);
                    if (known && has == expected) plain[id] = slot;
                    break;
                case 2:
                    index.TryRemove(id, expected).ShouldBe(known && has == expected);
                    if (known && has == expected) plain.Remove(id);
                    break;
                default:
                    index.TryGet(id, out uint found).ShouldBe(known);
                    found.ShouldBe(has);
                    break;
            }
            index.Count.ShouldBe(plain.Count);
        }
    }
}
