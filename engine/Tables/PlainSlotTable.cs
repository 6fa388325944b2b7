using System.Runtime.CompilerServices;

namespace FastRelay.Engine.Tables;

/// <summary>A slot table of managed chunks: a lock for allocating and freeing, none for finding.</summary>
/// <remarks>
/// Invariant: a slot's generation is odd exactly while it has a tenant, and its content is zero when it turns odd. A finder
/// that reads the tenant's generation (acquire) sees what was written before it was published (release).
/// </remarks>
public sealed class PlainSlotTable<TSlot> : ISlotTable<TSlot>
    where TSlot : unmanaged
{
#if DEBUG
    private const int ChunkBits = 4;
#else
    private const int ChunkBits = 12;
#endif
    private const int ChunkSize = 1 << ChunkBits;

    private readonly Lock _gate = new();
    private readonly Chunk?[] _chunks;
    // First freed, first reused: a stale handle has the longest time to be noticed.
    private readonly Queue<uint> _free = new();
    private uint _neverUsed;
    private int _count;

    /// <summary>Makes an empty table; memory comes with use.</summary>
    /// <param name="capacity">Most slots.</param>
    public PlainSlotTable(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        Capacity = capacity;
        _chunks = new Chunk?[((capacity - 1) >> ChunkBits) + 1];
    }

    /// <inheritdoc/>
    public int Capacity { get; }

    /// <inheritdoc/>
    public int Count => Volatile.Read(ref _count);

    /// <inheritdoc/>
    public bool TryAllocate(out SlotHandle handle)
    {
        lock (_gate)
        {
            if (!_free.TryDequeue(out uint index))
            {
                if (_neverUsed == (uint)Capacity)
                {
                    handle = default;
                    return false;
                }
                index = _neverUsed++;
            }
            var chunk = _chunks[index >> ChunkBits];
            if (chunk is null) Volatile.Write(ref _chunks[index >> ChunkBits], chunk = new Chunk());
            ref uint generation = ref chunk.Generations[index & (ChunkSize - 1)];
            handle = new SlotHandle(index, generation + 1);
            Volatile.Write(ref generation, handle.Generation);
            _count++;
            return true;
        }
    }

    /// <inheritdoc/>
    public bool TryGetHandle(uint index, out SlotHandle handle)
    {
        uint generation = index < (uint)Capacity && ChunkOf(index) is { } chunk
            ? Volatile.Read(ref chunk.Generations[index & (ChunkSize - 1)])
            : 0;
        handle = new SlotHandle(index, generation);
        return (generation & 1) != 0;
    }

    /// <inheritdoc/>
    public ref TSlot TryGet(SlotHandle handle, out bool found)
    {
        if (TryGetHandle(handle.Index, out var present) && present == handle)
        {
            found = true;
            return ref ChunkOf(handle.Index)!.Slots[handle.Index & (ChunkSize - 1)];
        }
        found = false;
        return ref Unsafe.NullRef<TSlot>();
    }

    /// <inheritdoc/>
    public bool Free(SlotHandle handle)
    {
        lock (_gate)
        {
            ref var slot = ref TryGet(handle, out bool found);
            if (!found) return false;
            // Stale first, so that nobody who checks finds the zeroes.
            Volatile.Write(ref ChunkOf(handle.Index)!.Generations[handle.Index & (ChunkSize - 1)], handle.Generation + 1);
            Volatile.WriteBarrier();
            slot = default;
            _free.Enqueue(handle.Index);
            _count--;
            return true;
        }
    }

    private Chunk? ChunkOf(uint index) => Volatile.Read(ref _chunks[index >> ChunkBits]);

    private sealed class Chunk
    {
        public readonly TSlot[] Slots = new TSlot[ChunkSize];
        public readonly uint[] Generations = new uint[ChunkSize];
    }
}
