using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace FastRelay.Engine.Buffers;

/// <summary>
/// Blocks of one size, cut from pinned slabs and leased under the name of the role that holds them, so that a leak or a
/// hoard is reported by who has it. Thread-safe. A lease allocates nothing once the arena has grown to its peak; slabs
/// stay until the arena is collected.
/// </summary>
/// <remarks>
/// A pinned slab is never moved, so handing a block to the kernel pins nothing and fragments nothing.
/// </remarks>
public sealed class BufferArena
{
    /// <summary>Bytes of a block: a page, which holds the largest handshake frame of an unproven peer.</summary>
    public const int DefaultBlockSize = 4096;

    /// <summary>Blocks cut from one slab: 256 KiB at the default block size, well into the pinned heap's own unit.</summary>
    internal const int BlocksPerSlab = 64;

    // Each thread takes the block that it gave back last, which its processor's caches still hold.
    private readonly ConcurrentBag<ArenaBlock> _free = [];
    private readonly ConcurrentDictionary<string, RolePool> _roles = new(StringComparer.Ordinal);
    private readonly Lock _growth = new();
    private readonly bool _clearOnReturn;
    private long _blocks;

    /// <summary>Makes an empty arena; the first lease allocates the first slab.</summary>
    /// <param name="blockSize">Bytes of each block, 256 to 1,048,576.</param>
    /// <param name="clearOnReturn">Whether a block is zeroed as it comes back: on by default, since decrypted content passes through it.</param>
    public BufferArena(int blockSize = DefaultBlockSize, bool clearOnReturn = true)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(blockSize, 256);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(blockSize, 1 << 20);
        BlockSize = blockSize;
        _clearOnReturn = clearOnReturn;
    }

    /// <summary>The arena that streams use when they are given none.</summary>
    public static BufferArena Shared { get; } = new();

    /// <summary>Bytes of each block.</summary>
    public int BlockSize { get; }

    /// <summary>Blocks in existence, leased or free.</summary>
    public long TotalBlocks => Interlocked.Read(ref _blocks);

    /// <summary>Blocks leased now, over all roles.</summary>
    public long LeasedBlocks => _roles.Values.Sum(static r => r.LeasedBlocks);

    /// <summary>The pool of one role; the same object for the same name. A role is a fixed word of the program, never made from input.</summary>
    public RolePool ForRole(string role)
    {
        ArgumentException.ThrowIfNullOrEmpty(role);
        return _roles.GetOrAdd(role, static (name, arena) => new RolePool(arena, name), this);
    }

    /// <summary>Blocks leased now by each role that ever leased one.</summary>
    public IReadOnlyDictionary<string, long> LeasedByRole() =>
        _roles.ToDictionary(static r => r.Key, static r => r.Value.LeasedBlocks, StringComparer.Ordinal);

    internal ArenaBlock Take()
    {
        while (true)
        {
            if (_free.TryTake(out var block)) return block;
            Grow();
        }
    }

    internal void GiveBack(ArenaBlock block)
    {
        if (_clearOnReturn) block.Memory.Span.Clear();
        _free.Add(block);
    }

    private void Grow()
    {
        lock (_growth)
        {
            // Whoever waited for the lock finds the slab that the holder made.
            if (!_free.IsEmpty) return;
            byte[] slab = GC.AllocateUninitializedArray<byte>(BlockSize * BlocksPerSlab, pinned: true);
            slab.AsSpan().Clear();
            for (int i = 0; i < BlocksPerSlab; i++)
                _free.Add(new ArenaBlock(this, MemoryMarshal.CreateFromPinnedArray(slab, i * BlockSize, BlockSize)));
            Interlocked.Add(ref _blocks, BlocksPerSlab);
        }
    }
}
