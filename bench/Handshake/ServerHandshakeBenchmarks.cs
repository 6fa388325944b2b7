using BenchmarkDotNet.Attributes;
using FastRelay.Bench.Material;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Wire;

namespace FastRelay.Bench.Handshake;

/// <summary>
/// Whole handshakes on P-256 in memory, the server's side and the client's together (<see cref="ClientHandshake"/>): what a pair of
/// machines computes, without any I/O.
/// </summary>
public class ServerHandshakeBenchmarks
{
    private readonly HandshakePair _pair = new();
    private ServerChain? _chain;

    [GlobalSetup]
    public void SetUp() => _chain = _pair.Run(ConnectionRole.Issuer, cached: null);

    [Benchmark]
    public object Issuer_full() => _pair.Run(ConnectionRole.Issuer, cached: null);

    [Benchmark]
    public object Issuer_cached() => _pair.Run(ConnectionRole.Issuer, _chain);

    /// <summary>With the device's signature.</summary>
    [Benchmark]
    public object Device_full() => _pair.Run(ConnectionRole.Register, cached: null);
}
