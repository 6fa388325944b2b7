using System.Buffers;

namespace FastRelay.Engine.Buffers;

/// <summary>
/// An arena seen through one role: leases its blocks and counts them. Disposing it does nothing, the arena owns the blocks.
/// </summary>
public sealed class RolePool : MemoryPool<byte>
{
    private readonly BufferArena _arena;
    private long _leased;

    internal RolePool(BufferArena arena, string role)
    {
        _arena = arena;
        Role = role;
    }

    /// <summary>Who leases.</summary>
    public string Role { get; }

    /// <summary>Blocks that this role holds now.</summary>
    public long LeasedBlocks => Interlocked.Read(ref _leased);

    /// <inheritdoc/>
    public override int MaxBufferSize => _arena.BlockSize;

    /// <summary>Leases one block of <see cref="BufferArena.BlockSize"/> bytes; the caller owns it until it disposes the owner, once.</summary>
    /// <param name="minBufferSize">At most the block size; −1 for whatever the block holds.</param>
    /// <exception cref="ArgumentOutOfRangeException">More than a block was asked for.</exception>
    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, _arena.BlockSize);
        Interlocked.Increment(ref _leased);
        return _arena.Take().LeaseTo(this);
    }

    internal void OnReturned() => Interlocked.Decrement(ref _leased);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
    }
}
