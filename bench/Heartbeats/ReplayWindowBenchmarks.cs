using BenchmarkDotNet.Attributes;
using FastRelay.Protocol.Heartbeat;

namespace FastRelay.Bench.Heartbeats;

/// <summary>The question before the tag is checked, and the mark after it.</summary>
public class ReplayWindowBenchmarks
{
    private ReplayWindow _window;
    private ulong _counter;

    [Benchmark]
    public bool IsFresh_and_TryAccept()
    {
        _counter++;
        return _window.IsFresh(_counter) && _window.TryAccept(_counter);
    }
}
