using BenchmarkDotNet.Attributes;
using FastRelay.Bench.Material;
using FastRelay.Protocol.EndToEnd;
using FastRelay.Protocol.Wire;

namespace FastRelay.Bench.EndToEnd;

/// <summary>Opening a sealed request (E2E1).</summary>
public class DeviceSessionBenchmarks
{
    private readonly DeviceParty _device = new();
    private byte[] _e2e1 = [];

    [GlobalSetup]
    public void SetUp()
    {
        using var session = _device.Ask();
        _e2e1 = session.E2E1.ToArray();
    }

    [Benchmark]
    public RejectReason TryOpen()
    {
        var reason = DeviceSession.TryOpen(_e2e1, _device.Id, _device.Agreement, out var session);
        session!.Dispose();
        return reason;
    }
}
