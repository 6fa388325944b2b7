using FastRelay.Engine.Tables;

namespace FastRelay.Bench.Tables;

/// <summary>A slot table and its index, filled with random ids; and the ids in another order.</summary>
internal sealed class IdTables : IDisposable
{
    private readonly SlotTable<BenchSlot> _slots;

    public IdTables(int entries)
    {
        _slots = new SlotTable<BenchSlot>(entries);
        Index = new IdIndex<BenchSlot.Ids>(entries, new BenchSlot.Ids(_slots));
        Ids = new UInt128[entries];
        var random = new Random(1);
        for (int i = 0; i < entries; i++)
        {
            Ids[i] = new UInt128((ulong)random.NextInt64(), (ulong)random.NextInt64());
            _slots.TryAllocate(out var handle);
            _slots.TryGet(handle, out _).Id = Ids[i];
            Index.TryAdd(Ids[i], handle.Index);
        }
        random.Shuffle(Ids);
    }

    public IdIndex<BenchSlot.Ids> Index { get; }

    public UInt128[] Ids { get; }

    /// <summary>Bytes of slots and index for each entry.</summary>
    public double BytesPerEntry => (double)(_slots.MemoryBytes + Index.MemoryBytes) / Ids.Length;

    /// <summary>Looks at a slot by its number.</summary>
    public bool IsTaken(uint index) => _slots.TryGetHandle(index, out var handle) && _slots.TryGet(handle, out _).Generation == handle.Generation;

    public void Dispose()
    {
        Index.Dispose();
        _slots.Dispose();
    }
}
