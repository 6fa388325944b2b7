using BenchmarkDotNet.Attributes;
using FastRelay.Protocol;

namespace FastRelay.Bench;

/// <summary>The text form of an ID (SPEC 3.2), and the ID of a key.</summary>
public class DeviceIdBenchmarks
{
    private readonly DeviceId _id = new(UInt128.MaxValue / 3);
    private readonly byte[] _publicKey = new byte[DeviceId.PublicKeySize];
    private string _text = "";

    [GlobalSetup]
    public void SetUp() => _text = _id.ToString();

    [Benchmark]
    public string Format() => _id.ToString();

    [Benchmark]
    public bool Parse()
    {
        DeviceId.Parse(_text, out var id);
        return id == _id;
    }

    [Benchmark]
    public UInt128 FromPublicKey() => DeviceId.FromPublicKey(_publicKey).Value;
}
