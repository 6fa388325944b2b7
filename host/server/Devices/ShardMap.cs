using FastRelay.Protocol;

namespace FastRelay.Server.Devices;

/// <summary>
/// On which shard a device is at home: its session, its slot and its wakes are there alone. By a hash of its ID under a key of this node,
/// so that it is the same after a restart, and nobody can make IDs that crowd one shard. Thread-safe.
/// </summary>
/// <param name="keys">The node's keys.</param>
/// <param name="shards">Shards there are, 1 to 256.</param>
internal sealed class ShardMap(NodeKeys keys, int shards)
{
    /// <summary>Shards there are.</summary>
    public int Shards => shards;

    /// <summary>The number of a device's shard.</summary>
    public byte HomeOf(DeviceId device)
    {
        Span<byte> id = stackalloc byte[DeviceId.Size];
        device.Write(id);
        // The hash's upper half, scaled: even for any number of shards.
        return (byte)((keys.HomeHash.Hash(id) >> 32) * (ulong)shards >> 32);
    }
}
