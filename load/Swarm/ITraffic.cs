namespace FastRelay.Load.Swarm;

/// <summary>What the devices of a closed loop say and hear. A struct, so that the calls are direct; nothing in it may allocate.</summary>
internal interface ITraffic
{
    /// <summary>
    /// Writes a device's next datagram, the same once more when it is called after <see cref="GivesUp"/> said no. Sets
    /// <see cref="SwarmDevice.Awaited"/>, to another value each time, where a reply is to come; to 0 where none is.
    /// </summary>
    /// <returns>Bytes.</returns>
    int Write(Span<byte> datagram, ref SwarmDevice device, int index);

    /// <summary>Takes what came for a device that awaits a reply.</summary>
    Taken Take(ReadOnlySpan<byte> datagram, ref SwarmDevice device, int index);

    /// <summary>The reply didn't come in time.</summary>
    /// <returns>Whether the device leaves it at that; else it sends again.</returns>
    bool GivesUp(ref SwarmDevice device);
}
