using BenchmarkDotNet.Attributes;
using FastRelay.Bench.Material;
using FastRelay.Protocol.Wire;

namespace FastRelay.Bench.Wire;

/// <summary>The cheap part of a datagram, before any key is looked up.</summary>
public class DatagramHeaderBenchmarks
{
    private readonly byte[] _heartbeat = new HeartbeatSession().Heartbeat(1);

    [Benchmark]
    public RejectReason TryRead() => DatagramHeader.TryRead(_heartbeat, out _);
}
