using BenchmarkDotNet.Attributes;
using FastRelay.Bench.Material;
using FastRelay.Protocol.Request;
using FastRelay.Protocol.Wire;

namespace FastRelay.Bench.Request;

/// <summary>What a server does with a descriptor at registration, and an issuer once a device.</summary>
public class DescriptorBenchmarks
{
    private readonly DeviceParty _device = new();

    [Benchmark]
    public RejectReason TryParse_and_Verify()
    {
        var reason = Descriptor.TryParse(_device.Descriptor.Bytes, out var descriptor);
        return reason == RejectReason.None ? descriptor!.Verify(_device.Id, _device.Now) : reason;
    }
}
