using BenchmarkDotNet.Attributes;
using FastRelay.Bench.Material;
using FastRelay.Protocol.Wire;

namespace FastRelay.Bench.Wire;

/// <summary>HB with a key that the authenticator knows, and with so many keys that it must make each anew.</summary>
public class HeartbeatBenchmarks
{
    private readonly HeartbeatSession _session = new();
    private readonly byte[] _destination = new byte[DatagramLimits.LongSize];
    private readonly byte[][] _manyKeys = new byte[4 * PlatformPacketAead.DefaultCapacity][];
    private byte[] _short = [];
    private byte[] _long = [];
    private byte[] _forged = [];
    private int _next;

    [GlobalSetup]
    public void SetUp()
    {
        _short = _session.Heartbeat(1);
        _long = _session.Heartbeat(1, isLong: true);
        _forged = [.. _short];
        _forged[^1] ^= 1;
        var random = new Random(1);
        for (int i = 0; i < _manyKeys.Length; i++) random.NextBytes(_manyKeys[i] = new byte[PacketAeadExtensions.KeySize]);
    }

    [Benchmark]
    public RejectReason TryOpen() => Heartbeat.TryOpen(_short, _session.Key, _session.Aead, out _);

    [Benchmark]
    public RejectReason TryOpen_long() => Heartbeat.TryOpen(_long, _session.Key, _session.Aead, out _);

    [Benchmark]
    public RejectReason TryOpen_forged() => Heartbeat.TryOpen(_forged, _session.Key, _session.Aead, out _);

    /// <summary>Every call another session's key, four times as many as the authenticator keeps.</summary>
    [Benchmark]
    public RejectReason TryOpen_cold_key() => Heartbeat.TryOpen(_short, _manyKeys[_next++ % _manyKeys.Length], _session.Aead, out _);

    [Benchmark]
    public int Seal() => new Heartbeat { Cid = _session.Cid, Counter = 1, AckWanted = true }.Seal(_destination, _session.Key, _session.Aead);
}
