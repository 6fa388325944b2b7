using System.Numerics;

namespace FastRelay.Protocol.Request;

/// <summary>
/// States by key in memory that never grows: rows of eight places, the row chosen by a keyed hash. A new key takes a free place of its
/// row or one that has expired; failing that, the one that expires next, which an outsider can't aim at. Not thread-safe.
/// </summary>
internal sealed class LimitTable<TState>
    where TState : struct
{
    private const int Ways = 8;

    private readonly Place[] _places;
    private readonly ulong _rowMask;
    private readonly KeyedHash _hash;

    public LimitTable(int capacity, IEntropy entropy)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, Ways);
        int rows = (int)BitOperations.RoundUpToPowerOf2((uint)((capacity + Ways - 1) / Ways));
        _rowMask = (ulong)rows - 1;
        _places = new Place[rows * Ways];
        _hash = new KeyedHash(entropy);
    }

    public int Capacity => _places.Length;

    /// <summary>The place of a key; its state is new when it wasn't there. The caller moves <see cref="Place.ExpiresMs"/> on.</summary>
    public ref Place Get(LimitKey key, long nowMs)
    {
        Span<byte> bytes = stackalloc byte[LimitKey.Size];
        key.Write(bytes);
        var row = _places.AsSpan((int)(_hash.Hash(bytes) & _rowMask) * Ways, Ways);
        int victim = 0;
        for (int i = 0; i < Ways; i++)
        {
            if (row[i].Used && row[i].Key == key) return ref row[i];
            if (row[i].ExpiresMs < row[victim].ExpiresMs) victim = i;
        }
        row[victim] = new Place { Key = key, Used = true, ExpiresMs = nowMs };
        return ref row[victim];
    }

    internal struct Place
    {
        public LimitKey Key;
        public TState State;
        public long ExpiresMs;
        public bool Used;
    }
}
