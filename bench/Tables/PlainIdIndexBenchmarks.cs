using BenchmarkDotNet.Attributes;
using FastRelay.Engine.Tables;

namespace FastRelay.Bench.Tables;

/// <summary>Finding a device's slot by its ID, each time another one so that the processor's caches don't know it.</summary>
public class PlainIdIndexBenchmarks
{
    private readonly PlainIdIndex _index = new();
    private UInt128[] _ids = [];
    private int _next;

    [Params(1_000, 1_000_000)]
    public int Entries { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        var random = new Random(1);
        _ids = new UInt128[Entries];
        for (int i = 0; i < Entries; i++)
        {
            _ids[i] = new UInt128((ulong)random.NextInt64(), (ulong)random.NextInt64());
            _index.TryAdd(_ids[i], (uint)i);
        }
        random.Shuffle(_ids);
    }

    [Benchmark]
    public bool TryGet()
    {
        if (++_next == _ids.Length) _next = 0;
        return _index.TryGet(_ids[_next], out _);
    }
}
