using BenchmarkDotNet.Attributes;
using FastRelay.Bench.Material;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Crypto;

namespace FastRelay.Bench.Handshake;

/// <summary>
/// Whole handshakes in memory, the server's side and the client's together (<see cref="ClientHandshake"/>): what a pair of
/// machines computes, without any I/O.
/// </summary>
public class ServerHandshakeBenchmarks
{
    private HandshakePair? _pair;
    private HandshakePair? _fast;
    private ServerChain? _chain;

    /// <summary>1: P-256; 2: P-384 (SPEC 1.3).</summary>
    [Params(1, 2)]
    public int Suite { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        var suite = Suite == 1 ? CipherSuite.P256 : CipherSuite.P384;
        _pair = new HandshakePair(suite);
        _fast = new HandshakePair(suite, new LibCryptoConnectionCrypto());
        _chain = _pair.Run(ConnectionRole.Issuer, cached: null);
    }

    [Benchmark]
    public object Issuer_full() => _pair!.Run(ConnectionRole.Issuer, cached: null);

    [Benchmark]
    public object Issuer_cached() => _pair!.Run(ConnectionRole.Issuer, _chain);

    /// <summary>With the device's signature.</summary>
    [Benchmark]
    public object Device_full() => _pair!.Run(ConnectionRole.Register, cached: null);

    /// <summary>The same; the server computes with libcrypto, as it does where it can.</summary>
    [Benchmark]
    public object Device_full_LibCrypto() => _fast!.Run(ConnectionRole.Register, cached: null);
}
