using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Heartbeat;

/// <summary>One key under which tickets are sealed (SPEC 7.9).</summary>
internal sealed class TicketKey
{
    // Pinned, so that the collector leaves no copy behind.
    private readonly byte[] _key = GC.AllocateUninitializedArray<byte>(PacketAeadExtensions.KeySize, pinned: true);

    public TicketKey(uint id, uint madeAt, ReadOnlySpan<byte> key)
    {
        Id = id;
        MadeAt = madeAt;
        key.CopyTo(_key);
    }

    /// <summary>Stands in front of every ticket under this key.</summary>
    public uint Id { get; }

    /// <summary>Unix seconds.</summary>
    public uint MadeAt { get; }

    public ReadOnlySpan<byte> Key => _key;

    /// <summary>
    /// Overwrites the key, which some thread may be opening a ticket with: hence with random bytes. With zeros, whoever hit that moment
    /// could show a ticket that he sealed under zeros.
    /// </summary>
    public void Forget(IEntropy entropy) => entropy.Fill(_key);
}
