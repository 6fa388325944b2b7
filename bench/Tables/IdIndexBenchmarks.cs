using BenchmarkDotNet.Attributes;

namespace FastRelay.Bench.Tables;

/// <summary>Finding a device's slot by its ID, each time another one so that the processor's caches don't know it.</summary>
public class IdIndexBenchmarks : IDisposable
{
    private IdTables _tables = new(1);
    private int _next;

    /// <summary>How many; <see cref="LargeTables"/> has more.</summary>
    [Params(1_000, 1_000_000)]
    public int Entries { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _tables.Dispose();
        _tables = new IdTables(Entries);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _tables.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public bool TryGet()
    {
        if (++_next == _tables.Ids.Length) _next = 0;
        return _tables.Index.TryGet(_tables.Ids[_next], out _);
    }

    /// <summary>As a batch does it: all are asked for before the first is looked up.</summary>
    [Benchmark(OperationsPerInvoke = 64)]
    public int Prefetch_and_TryGet_of_64()
    {
        if (_next + 64 >= _tables.Ids.Length) _next = 0;
        var batch = _tables.Ids.AsSpan(_next, 64);
        _next += 64;
        _tables.Index.Prefetch(batch);
        int found = 0;
        foreach (var id in batch)
        {
            if (_tables.Index.TryGet(id, out _)) found++;
        }
        return found;
    }

    [Benchmark]
    public bool TryGet_unknown()
    {
        if (++_next == _tables.Ids.Length) _next = 0;
        return _tables.Index.TryGet(~_tables.Ids[_next], out _);
    }

    [Benchmark]
    public bool TryRemove_and_TryAdd()
    {
        if (++_next == _tables.Ids.Length) _next = 0;
        var id = _tables.Ids[_next];
        return _tables.Index.TryGet(id, out uint slot) && _tables.Index.TryRemove(id, slot) && _tables.Index.TryAdd(id, slot);
    }
}
