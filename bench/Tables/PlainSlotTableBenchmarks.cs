using BenchmarkDotNet.Attributes;
using FastRelay.Engine.Tables;

namespace FastRelay.Bench.Tables;

/// <summary>Finding a slot by the number in a datagram's cid.</summary>
public class PlainSlotTableBenchmarks
{
    private PlainSlotTable<UInt128> _table = new(1);
    private uint[] _order = [];
    private int _next;

    [Params(1_000, 1_000_000)]
    public int Entries { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _table = new PlainSlotTable<UInt128>(Entries);
        _order = new uint[Entries];
        for (int i = 0; i < Entries; i++)
        {
            _table.TryAllocate(out var handle);
            _order[i] = handle.Index;
        }
        new Random(1).Shuffle(_order);
    }

    [Benchmark]
    public bool TryGetHandle_and_TryGet()
    {
        if (++_next == _order.Length) _next = 0;
        _table.TryGetHandle(_order[_next], out var handle);
        _table.TryGet(handle, out bool found);
        return found;
    }
}
