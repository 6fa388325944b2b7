using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace FastRelay.Engine.Tables;

/// <summary>
/// A slot table of one range of memory, exactly a slot's size for each and nothing beside: the tenancy and, in a freed slot, the way to the
/// next free one are in the slot itself. Growing touches nothing that is there.
/// </summary>
/// <remarks>
/// Invariants, and what orders them:
/// <list type="number">
/// <item>Slots below <c>_used</c> lie in usable memory. The writer makes the memory usable, then publishes the count (release); a finder
/// reads the count (acquire) before it touches a slot. So an index that a peer made up is never followed.</item>
/// <item>A slot's generation is odd exactly while it has a tenant, and its content is zero when it turns odd: the content is zeroed before
/// the odd number is published (release), and a finder reads the number first (acquire).</item>
/// <item>A slot's generation turns even before its content is touched by freeing (a store-store barrier between them), so whoever copies a
/// slot, then reads its generation again behind a load-load barrier and finds it unchanged, has copied that tenancy's bytes alone.</item>
/// <item>Free slots stand in a list, first freed first reused, so that a stale handle has the longest time to be noticed. Only the writer
/// reads the links.</item>
/// </list>
/// A process that dies anywhere in this leaves slots whose generations are true; all else is found again from them.
/// </remarks>
public sealed unsafe class SlotTable<TSlot> : ISlotTable<TSlot>, IDisposable
    where TSlot : unmanaged, ISlot
{
    private const uint None = uint.MaxValue;

    // Constants to the jitter, which compiles the methods once these are known.
    private static readonly int GenerationAt = SlotWord.FindGeneration<TSlot>();
    private static readonly int LinkAt = GenerationAt == 0 ? sizeof(uint) : 0;

    private readonly ITableMemory _memory;
    private byte* _start;
    private uint _used;
    private uint _firstFree = None;
    private uint _lastFree = None;
    private int _count;

    /// <summary>Makes an empty table in memory of this process.</summary>
    /// <param name="capacity">Most slots; memory comes with use.</param>
    /// <exception cref="IOException">The system doesn't reserve so much address space.</exception>
    public SlotTable(int capacity)
        : this(capacity, TableMemory.Reserve((long)capacity * sizeof(TSlot)))
    {
    }

    /// <summary>Takes over a mapping with the slots that are in it: none in a new one, those of the process before in one that was opened.</summary>
    /// <param name="mapping">Of this slot type's layout; it is the table's from now on, and disposed with it.</param>
    public SlotTable(SharedMapping mapping)
        : this(CapacityOf(mapping), mapping) => Attach();

    internal SlotTable(int capacity, ITableMemory memory)
    {
        Capacity = capacity;
        _memory = memory;
        _start = memory.Start;
    }

    /// <inheritdoc/>
    public int Capacity { get; }

    /// <inheritdoc/>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Bytes that the slots take which have ever been used.</summary>
    public long MemoryBytes => (long)Volatile.Read(ref _used) * sizeof(TSlot);

    /// <inheritdoc/>
    public bool TryAllocate(out SlotHandle handle)
    {
        uint index = _firstFree;
        if (index != None)
        {
            ref uint link = ref Link(index);
            _firstFree = link;
            if (_firstFree == None) _lastFree = None;
            link = 0;
        }
        else
        {
            index = _used;
            if (index == (uint)Capacity || !_memory.TryUse((index + 1L) * sizeof(TSlot)))
            {
                handle = default;
                return false;
            }
            Volatile.Write(ref _used, index + 1);
        }
        ref uint generation = ref Generation(index);
        handle = new SlotHandle(index, generation + 1);
        Volatile.Write(ref generation, handle.Generation);
        Volatile.Write(ref _count, _count + 1);
        return true;
    }

    /// <inheritdoc/>
    public bool TryGetHandle(uint index, out SlotHandle handle)
    {
        uint generation = index < Volatile.Read(ref _used) ? Volatile.Read(ref Generation(index)) : 0;
        handle = new SlotHandle(index, generation);
        return (generation & 1) != 0;
    }

    /// <inheritdoc/>
    public ref TSlot TryGet(SlotHandle handle, out bool found)
    {
        found = (handle.Generation & 1) != 0 && handle.Index < Volatile.Read(ref _used) &&
            Volatile.Read(ref Generation(handle.Index)) == handle.Generation;
        return ref found ? ref Slot(handle.Index) : ref Unsafe.NullRef<TSlot>();
    }

    /// <summary>
    /// The slot at an index, whoever has it, or nobody: to compare its content with what is looked for. Any thread.
    /// </summary>
    /// <returns>A null reference when there has never been such a slot.</returns>
    public ref TSlot At(uint index) => ref index < Volatile.Read(ref _used) ? ref Slot(index) : ref Unsafe.NullRef<TSlot>();

    /// <summary>
    /// Begins to bring a slot into the processor's cache, without waiting for it; any index is good. For a batch: ask for all, then work. Any thread.
    /// </summary>
    public void Prefetch(uint index)
    {
        // The base library has no such call for other processors.
        if (!Sse.IsSupported || index >= Volatile.Read(ref _used)) return;
        byte* slot = (byte*)Unsafe.AsPointer(ref Slot(index));
        for (int line = 0; line < sizeof(TSlot); line += SlotWord.CacheLine) Sse.Prefetch0(slot + line);
    }

    /// <inheritdoc/>
    public bool Free(SlotHandle handle)
    {
        ref var slot = ref TryGet(handle, out bool found);
        if (!found) return false;
        Volatile.Write(ref Generation(handle.Index), handle.Generation + 1);
        Volatile.WriteBarrier();
        Clear(handle.Index);
        Enqueue(handle.Index);
        Volatile.Write(ref _count, _count - 1);
        return true;
    }

    /// <summary>Gives the memory back. Nobody may look anything up any more; a mapping's file stays.</summary>
    public void Dispose()
    {
        _used = 0;
        _start = null;
        _memory.Dispose();
    }

    private static int CapacityOf(SharedMapping mapping)
    {
        ArgumentNullException.ThrowIfNull(mapping);
        ArgumentOutOfRangeException.ThrowIfNotEqual(mapping.Layout.SlotSize, sizeof(TSlot), nameof(mapping));
        return mapping.Layout.Capacity;
    }

    /// <summary>The generations say which slots have tenants; whatever else the process before was about is undone.</summary>
    private void Attach()
    {
        uint most = (uint)Math.Min(Capacity, _memory.Usable / sizeof(TSlot));
        for (uint index = 0; index < most; index++)
        {
            if (Generation(index) != 0) _used = index + 1;
        }
        for (uint index = 0; index < _used; index++)
        {
            if ((Generation(index) & 1) != 0)
            {
                _count++;
                continue;
            }
            Clear(index);
            Enqueue(index);
        }
    }

    private ref TSlot Slot(uint index) => ref Unsafe.AsRef<TSlot>(_start + ((long)index * sizeof(TSlot)));

    private ref uint Generation(uint index) => ref Unsafe.AsRef<uint>(_start + ((long)index * sizeof(TSlot)) + GenerationAt);

    private ref uint Link(uint index) => ref Unsafe.AsRef<uint>(_start + ((long)index * sizeof(TSlot)) + LinkAt);

    private void Clear(uint index)
    {
        var bytes = new Span<byte>(_start + ((long)index * sizeof(TSlot)), sizeof(TSlot));
        bytes[..GenerationAt].Clear();
        bytes[(GenerationAt + sizeof(uint))..].Clear();
    }

    private void Enqueue(uint index)
    {
        Link(index) = None;
        if (_lastFree == None) _firstFree = index;
        else Link(_lastFree) = index;
        _lastFree = index;
    }
}
