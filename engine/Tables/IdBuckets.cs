namespace FastRelay.Engine.Tables;

/// <summary>Overflow buckets of an <see cref="IdIndex{TIds}"/>: taken and given back by the writer, never moved, read by anyone.</summary>
internal sealed unsafe class IdBuckets(long capacity) : IDisposable
{
    private readonly ITableMemory _memory = TableMemory.Reserve(capacity * sizeof(IdBucket));
    private uint _used;
    private uint _firstFree;

    /// <summary>Buckets that have ever been used.</summary>
    public uint Used => Volatile.Read(ref _used);

    /// <summary>A bucket by its number and one, as in <see cref="IdBucket.Next"/>.</summary>
    public IdBucket* this[uint next] => (IdBucket*)_memory.Start + (next - 1);

    /// <summary>Takes an empty bucket.</summary>
    /// <returns>Its number and one.</returns>
    public uint Take()
    {
        uint next = _firstFree;
        if (next != 0)
        {
            _firstFree = this[next]->Next;
            *this[next] = default;
            return next;
        }
        if (!_memory.TryUse((_used + 1L) * sizeof(IdBucket))) throw new InvalidOperationException("Chains without gaps need no more buckets than this.");
        Volatile.Write(ref _used, _used + 1);
        return _used;
    }

    /// <summary>Gives a bucket back.</summary>
    public void Give(uint next)
    {
        this[next]->Next = _firstFree;
        _firstFree = next;
    }

    public void Dispose() => _memory.Dispose();
}
