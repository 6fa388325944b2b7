namespace FastRelay.Load.Processes;

/// <summary>What a server process knows of itself at one moment. All but <see cref="Devices"/> count from its start.</summary>
/// <param name="Devices">Devices registered now.</param>
/// <param name="Heartbeats">Valid heartbeats.</param>
/// <param name="Acks">ACKs sent.</param>
/// <param name="Handshakes">Handshakes completed.</param>
/// <param name="Rejected">Datagrams not taken, for whatever reason.</param>
/// <param name="Exceptions">Exceptions thrown, caught or not.</param>
/// <param name="AllocatedBytes">Bytes allocated on the managed heap.</param>
/// <param name="Gen0">Collections of generation 0.</param>
/// <param name="Gen1">Collections of generation 1.</param>
/// <param name="Gen2">Collections of generation 2.</param>
internal sealed record ServerSnapshot(
    long Devices, long Heartbeats, long Acks, long Handshakes, long Rejected, long Exceptions, long AllocatedBytes, int Gen0, int Gen1, int Gen2)
{
    /// <summary>TCP connections now.</summary>
    public int OpenConnections { get; init; }

    /// <summary>Bytes of the managed heap in use now, garbage included.</summary>
    public long ManagedBytes { get; init; }
}
