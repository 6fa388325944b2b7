using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using FastRelay.Protocol;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Records;
using FastRelay.Server.Crypto;

namespace FastRelay.Bench.Handshake;

/// <summary>
/// The steps of a handshake that cost it its time, on P-256, by the platform and by libcrypto (docs/decisions/0012). The bare operations
/// beside which they stand are in <c>load -- handshakes</c>.
/// </summary>
public class ConnectionCryptoBenchmarks
{
    private readonly PlatformConnectionCrypto _platform = PlatformConnectionCrypto.Instance;
    private readonly LibCryptoConnectionCrypto _fast = new();
    private readonly byte[] _point = new byte[EcPoint.P256Size];
    private readonly byte[] _own = new byte[EcPoint.P256Size];
    private readonly byte[] _key = new byte[CipherSuite.P256.HashSize];
    private readonly byte[] _output = new byte[CipherSuite.P256.HashSize];
    private readonly byte[] _message = new byte[126];
    private readonly byte[] _record = new byte[32];
    private readonly byte[] _nonce = new byte[CipherSuite.IvSize];
    private readonly byte[] _tag = new byte[CipherSuite.TagSize];
    private readonly byte[] _made = new byte[64];
    private readonly ECDsa _signing = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private byte[] _signature = [];
    private IHandshakeSigner? _platformSigner;
    private IHandshakeSigner? _fastSigner;

    [GlobalSetup]
    public void SetUp()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        EcPoint.Write(key, _point);
        _signature = key.SignData(_message, HashAlgorithmName.SHA256);
        _platformSigner = _platform.CreateSigner(_signing);
        _fastSigner = _fast.CreateSigner(_signing);
    }

    /// <summary>A key pair, the peer's point validated, and the agreement: the whole of CKEY and SKEY.</summary>
    [Benchmark]
    public bool TryAgree() => _platform.TryAgree(CipherSuite.P256, _point, _own, _output);

    [Benchmark]
    public bool TryAgree_LibCrypto() => _fast.TryAgree(CipherSuite.P256, _point, _own, _output);

    /// <summary>The device's signature, its key's point included.</summary>
    [Benchmark]
    public bool Verify() => _platform.Verify(_point, _message, _signature);

    [Benchmark]
    public bool Verify_LibCrypto() => _fast.Verify(_point, _message, _signature);

    /// <summary>One of the some twenty expansions of a handshake.</summary>
    [Benchmark]
    public void Expand() => _platform.Expand(CipherSuite.P256, _key, _message, _output);

    [Benchmark]
    public void Expand_LibCrypto() => _fast.Expand(CipherSuite.P256, _key, _message, _output);

    /// <summary>A record under a key of its own.</summary>
    [Benchmark]
    public void Record() => Seal(_platform);

    [Benchmark]
    public void Record_LibCrypto() => Seal(_fast);

    /// <summary>A transcript of two messages, looked at twice.</summary>
    [Benchmark]
    public void Transcript() => Hash(_platform);

    [Benchmark]
    public void Transcript_LibCrypto() => Hash(_fast);

    /// <summary>The server's signature, its key made ready.</summary>
    [Benchmark]
    public int Sign() => _platformSigner!.Sign(_message, _made);

    [Benchmark]
    public int Sign_LibCrypto() => _fastSigner!.Sign(_message, _made);

    private void Hash(IConnectionCrypto crypto)
    {
        using var transcript = crypto.StartTranscript(CipherSuite.P256);
        transcript.Append(_message);
        transcript.Current(_output);
        transcript.Append(_point);
        transcript.Current(_output);
    }

    private void Seal(IConnectionCrypto crypto)
    {
        using IRecordAead aead = crypto.CreateRecordAead(_key);
        aead.Seal(_nonce, _record, _tag, []);
    }
}
