using FastRelay.Engine.Tables;

namespace FastRelay.Engine.Tests.Tables;

/// <summary>What every id index must do, checked against a plain dictionary under random steps.</summary>
/// <remarks>Each id has five slots of its own, in which it stands.</remarks>
internal static class IdIndexModel
{
    public const int Slots = Ids * SlotsOfId;

    private const int Ids = 100;
    private const int SlotsOfId = 5;

    public static void Check(IIdIndex index, int seed)
    {
        var random = new Random(seed);
        var plain = new Dictionary<UInt128, uint>();
        for (int step = 0; step < 20_000; step++)
        {
            uint number = (uint)random.Next(Ids);
            var id = IdOf(number);
            uint slot = (number * SlotsOfId) + (uint)random.Next(SlotsOfId);
            uint expected = (number * SlotsOfId) + (uint)random.Next(SlotsOfId);
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

    // They differ in one half only, as those of an attacker who grinds them might.
    private static UInt128 IdOf(uint number) => new(number % 10, (ulong)(number / 10) << 32);

    /// <summary>Reads the model's slots.</summary>
    internal readonly struct Reader : IIdOfSlot
    {
        public UInt128 IdOf(uint slot) => IdIndexModel.IdOf(slot / SlotsOfId);

        public void Prefetch(uint slot)
        {
        }
    }
}
