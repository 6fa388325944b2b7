using BenchmarkDotNet.Attributes;
using FastRelay.Engine.Tables;

namespace FastRelay.Bench.Tables;

/// <summary>Slots of 128 bytes, found by the number in a datagram's cid, each time another one so that the processor's caches don't know it.</summary>
public class SlotTableBenchmarks : IDisposable
{
    private SlotTable<BenchSlot> _table = new(1);
    private uint[] _order = [];
    private int _next;

    /// <summary>How many; <see cref="LargeTables"/> has more.</summary>
    [Params(1_000, 1_000_000)]
    public int Entries { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _table.Dispose();
        // Room for one more, that comes and goes.
        _table = new SlotTable<BenchSlot>(Entries + 1);
        _order = new uint[Entries];
        for (int i = 0; i < Entries; i++)
        {
            _table.TryAllocate(out var handle);
            _order[i] = handle.Index;
        }
        new Random(1).Shuffle(_order);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _table.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public bool TryGetHandle_and_TryGet()
    {
        if (++_next == _order.Length) _next = 0;
        _table.TryGetHandle(_order[_next], out var handle);
        return _table.TryGet(handle, out _).Generation == handle.Generation;
    }

    /// <summary>As a batch does it: all are asked for before the first is looked at.</summary>
    [Benchmark(OperationsPerInvoke = 64)]
    public int Prefetch_and_TryGet_of_64()
    {
        if (_next + 64 >= _order.Length) _next = 0;
        var batch = _order.AsSpan(_next, 64);
        _next += 64;
        foreach (uint index in batch) _table.Prefetch(index);
        int found = 0;
        foreach (uint index in batch)
        {
            _table.TryGetHandle(index, out var handle);
            if (_table.TryGet(handle, out _).Generation == handle.Generation) found++;
        }
        return found;
    }

    [Benchmark]
    public bool TryAllocate_and_Free() => _table.TryAllocate(out var handle) && _table.Free(handle);
}
