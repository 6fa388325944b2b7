using BenchmarkDotNet.Attributes;
using FastRelay.Bench.Material;
using FastRelay.Protocol.Wire;

namespace FastRelay.Bench.Wire;

/// <summary>ACK: what the server seals for each heartbeat that wants one, and what the device opens.</summary>
public class AckBenchmarks
{
    private readonly HeartbeatSession _session = new();
    private readonly byte[] _destination = new byte[DatagramLimits.LongSize];
    private readonly byte[] _ack = new byte[DatagramLimits.ShortSize];
    private Ack _message;

    [GlobalSetup]
    public void SetUp()
    {
        _message = new Ack { Cid = _session.Cid, Counter = 1, IntervalTenths = 250, AckEvery = 1, HeartbeatCounter = 1 };
        _message.Seal(_ack, _session.Key, _session.Aead);
    }

    [Benchmark]
    public int Seal() => _message.Seal(_destination, _session.Key, _session.Aead);

    [Benchmark]
    public RejectReason TryOpen() => Ack.TryOpen(_ack, _session.Key, _session.Aead, out _);

    [Benchmark]
    public ushort AddressTag_Of() => AddressTag.Of(_session.Source);
}
