using FastRelay.Protocol;
using FastRelay.Protocol.Request;
using FastRelay.Protocol.Wire;

namespace FastRelay.Server.Devices;

/// <summary>
/// The places of the equipment list over all shards (SPEC 10.1): so many devices and no more, however they fall to the shards, and so many of
/// one prefix. Thread-safe.
/// </summary>
/// <param name="capacity">Most places.</param>
/// <param name="mostOfPrefix">Most places of one prefix.</param>
/// <param name="entropy">For the prefixes' hash key.</param>
internal sealed class Places(int capacity, int mostOfPrefix, IEntropy entropy)
{
    private readonly PrefixPlaces _prefixes = new(mostOfPrefix, entropy);
    private int _taken;

    /// <summary>Most places.</summary>
    public int Capacity => capacity;

    /// <summary>Places taken.</summary>
    public int Taken => Volatile.Read(ref _taken);

    /// <summary>What a prefix is known by; never 0.</summary>
    public uint KeyOf(AddressPrefix prefix) => _prefixes.KeyOf(prefix);

    /// <summary>Takes a place for a prefix.</summary>
    /// <returns><see cref="RegisterStatus.Refused"/> when the prefix has as many as it may, <see cref="RegisterStatus.Full"/> when all are taken.</returns>
    public RegisterStatus TryTake(uint prefix)
    {
        if (!_prefixes.TryEnter(prefix)) return RegisterStatus.Refused;
        if (Interlocked.Increment(ref _taken) <= capacity) return RegisterStatus.Registered;
        Interlocked.Decrement(ref _taken);
        _prefixes.Leave(prefix);
        return RegisterStatus.Full;
    }

    /// <summary>A device that has a place now belongs to another prefix; who is in stays in, also beyond that prefix's limit.</summary>
    public void Exchange(uint before, uint prefix) => _prefixes.Exchange(before, prefix);

    /// <summary>Gives a place back.</summary>
    public void GiveBack(uint prefix)
    {
        _prefixes.Leave(prefix);
        Interlocked.Decrement(ref _taken);
    }
}
