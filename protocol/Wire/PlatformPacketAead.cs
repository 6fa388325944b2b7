using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace FastRelay.Protocol.Wire;

/// <summary>
/// <see cref="IPacketAead"/> on the platform's <see cref="AesGcm"/>. A keyed object costs an allocation and a key set-up, so the
/// last used ones are kept: with a warm key nothing is allocated. Keys are found by content; what falls out of the cache is cleared.
/// </summary>
public sealed class PlatformPacketAead : IPacketAead
{
    /// <summary>Keys kept unless the constructor is told otherwise: a worker's busy sessions at about 1 KiB of native memory each.</summary>
    public const int DefaultCapacity = 1024;

    private const int Ways = 4;

    private readonly Entry?[] _entries;
    private readonly int _setMask;
    private bool _disposed;

    /// <summary>Makes an empty cache.</summary>
    /// <param name="capacity">Most keys kept, rounded up to a power of two, at least 4.</param>
    public PlatformPacketAead(int capacity = DefaultCapacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        int sets = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)(capacity + Ways - 1) / Ways);
        _entries = new Entry?[sets * Ways];
        _setMask = sets - 1;
    }

    /// <summary>Keyed objects held now.</summary>
    public int CachedKeys => _entries.Count(entry => entry is not null);

    /// <summary>Most keyed objects held at once.</summary>
    public int Capacity => _entries.Length;

    /// <inheritdoc/>
    public void Seal(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag, ReadOnlySpan<byte> aad)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Find(key).Encrypt(nonce, plaintext, ciphertext, tag, aad);
    }

    /// <summary>Forgets one key: its session has ended. Does nothing when the key isn't held.</summary>
    public void Forget(ReadOnlySpan<byte> key)
    {
        foreach (ref Entry? entry in SetOf(key))
        {
            if (entry is null || !entry.Holds(key)) continue;
            entry.Dispose();
            entry = null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        foreach (ref Entry? entry in _entries.AsSpan())
        {
            entry?.Dispose();
            entry = null;
        }
    }

    private AesGcm Find(ReadOnlySpan<byte> key)
    {
        Span<Entry?> set = SetOf(key);
        for (int way = 0; way < set.Length; way++)
        {
            if (set[way] is not { } hit || !hit.Holds(key)) continue;
            // Most recently used first, so the last of the set is the one to let go.
            set[..way].CopyTo(set[1..]);
            set[0] = hit;
            return hit.Aead;
        }

        var made = new Entry(key);
        set[^1]?.Dispose();
        set[..^1].CopyTo(set[1..]);
        set[0] = made;
        return made.Aead;
    }

    // The keys are outputs of HKDF, so any of their bits spread evenly.
    private Span<Entry?> SetOf(ReadOnlySpan<byte> key)
    {
        if (key.Length != PacketAeadExtensions.KeySize) throw new ArgumentException("A packet key has 32 bytes.", nameof(key));
        return _entries.AsSpan((MemoryMarshal.Read<int>(key) & _setMask) * Ways, Ways);
    }

    private sealed class Entry : IDisposable
    {
        // Pinned, so that the collector leaves no copy of the key behind.
        private readonly byte[] _key = GC.AllocateUninitializedArray<byte>(PacketAeadExtensions.KeySize, pinned: true);

        public Entry(ReadOnlySpan<byte> key)
        {
            key.CopyTo(_key);
            Aead = new AesGcm(key, PacketAeadExtensions.TagSize);
        }

        public AesGcm Aead { get; }

        public bool Holds(ReadOnlySpan<byte> key) => CryptographicOperations.FixedTimeEquals(_key, key);

        public void Dispose()
        {
            CryptographicOperations.ZeroMemory(_key);
            Aead.Dispose();
        }
    }
}
