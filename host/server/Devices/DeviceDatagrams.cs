using FastRelay.Engine.Datagrams;

namespace FastRelay.Server.Devices;

/// <summary>What the datagram loop calls, directly: a struct in front of the shard.</summary>
internal readonly struct DeviceDatagrams(DeviceShard shard) : IDatagramHandler
{
    public DeviceShard Shard => shard;

    public void OnBatch(ref DatagramBatch batch) => shard.OnBatch(ref batch);

    public void OnTick(ref DatagramBatch output) => shard.OnTick(ref output);
}
