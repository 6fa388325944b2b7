using BenchmarkDotNet.Attributes;
using FastRelay.Bench.Material;

namespace FastRelay.Bench.EndToEnd;

/// <summary>Sealing a request to a device (E2E1).</summary>
public class IssuerSessionBenchmarks
{
    private readonly DeviceParty _device = new();

    [Benchmark]
    public int Create()
    {
        using var session = _device.Ask();
        return session.E2E1.Length;
    }
}
