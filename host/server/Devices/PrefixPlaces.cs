using FastRelay.Protocol;
using FastRelay.Protocol.Request;

namespace FastRelay.Server.Devices;

/// <summary>
/// How many places of the list each prefix takes (SPEC 10.1), over all shards. A prefix is known by 32 bits of a hash under a key of this
/// process: 8 bytes a prefix instead of some 80, at the price that two of ten million prefixes may have to share one limit. Thread-safe.
/// </summary>
/// <remarks>
/// 64 parts with a lock each, so that shards seldom meet and none waits for a big table to grow. A part is an open-addressed table with
/// linear probing (Knuth 6.4, algorithms L and R).
/// </remarks>
internal sealed class PrefixPlaces(int most, IEntropy entropy)
{
    private const int PartBits = 6;

    private readonly KeyedHash _hash = new(entropy);
    private readonly Part[] _parts = [.. Enumerable.Range(0, 1 << PartBits).Select(_ => new Part())];

    /// <summary>Prefixes that take a place.</summary>
    public int Count => _parts.Sum(part => part.Count);

    /// <summary>What <see cref="TryEnter"/> and <see cref="Leave"/> know a prefix by; never 0.</summary>
    public uint KeyOf(AddressPrefix prefix)
    {
        Span<byte> bytes = stackalloc byte[17];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, prefix.Network);
        bytes[16] = prefix.Length;
        return Math.Max(1, (uint)_hash.Hash(bytes));
    }

    /// <summary>Takes a place.</summary>
    /// <returns>False when the prefix has as many as it may.</returns>
    public bool TryEnter(uint key) => PartOf(key).TryAdd(key, most);

    /// <summary>Takes a place in exchange for one that the device had: also beyond the limit.</summary>
    public void Exchange(uint before, uint key)
    {
        if (before == key) return;
        PartOf(before).Remove(before);
        PartOf(key).TryAdd(key, int.MaxValue);
    }

    /// <summary>Gives a place back.</summary>
    public void Leave(uint key) => PartOf(key).Remove(key);

    private Part PartOf(uint key) => _parts[key >> (32 - PartBits)];

    private sealed class Part
    {
        private const int FirstSize = 8;
        private readonly Lock _gate = new();
        private Place[] _places = new Place[FirstSize];

        public int Count { get; private set; }

        public bool TryAdd(uint key, int most)
        {
            lock (_gate)
            {
                ref var place = ref Find(key);
                if (place.Key == key)
                {
                    if (place.Count >= most) return false;
                    place.Count++;
                    return true;
                }
                if (most == 0) return false;
                place = new Place { Key = key, Count = 1 };
                // At most seven eighths full.
                if (++Count > _places.Length - (_places.Length >> 3)) Grow();
                return true;
            }
        }

        public void Remove(uint key)
        {
            lock (_gate)
            {
                ref var place = ref Find(key);
                if (place.Key != key || --place.Count > 0) return;
                Count--;
                Close(IndexOf(key));
            }
        }

        private ref Place Find(uint key) => ref _places[IndexOf(key)];

        /// <summary>Where a key stands, or would.</summary>
        private int IndexOf(uint key)
        {
            int i = Home(key);
            while (_places[i].Key != 0 && _places[i].Key != key) i = (i + 1) & (_places.Length - 1);
            return i;
        }

        private int Home(uint key) => (int)key & (_places.Length - 1);

        /// <summary>Closes a gap, so that no search ends before its key.</summary>
        private void Close(int gap)
        {
            int mask = _places.Length - 1;
            for (int i = (gap + 1) & mask; _places[i].Key != 0; i = (i + 1) & mask)
            {
                if (((i - Home(_places[i].Key)) & mask) < ((i - gap) & mask)) continue;
                _places[gap] = _places[i];
                gap = i;
            }
            _places[gap] = default;
        }

        private void Grow()
        {
            var before = _places;
            _places = new Place[before.Length * 2];
            foreach (var place in before)
            {
                if (place.Key != 0) Find(place.Key) = place;
            }
        }

        private struct Place
        {
            public uint Key;
            public int Count;
        }
    }
}
