using System.Buffers;

namespace FastRelay.Engine.Buffers;

/// <summary>One block of an arena. The object lives as long as the arena and passes from lease to lease.</summary>
internal sealed class ArenaBlock(BufferArena arena, Memory<byte> memory) : IMemoryOwner<byte>
{
    private RolePool? _holder;

    public Memory<byte> Memory { get; } = memory;

    /// <summary>Hands the block to a role; the block must be free.</summary>
    public ArenaBlock LeaseTo(RolePool holder)
    {
        _holder = holder;
        return this;
    }

    /// <summary>Ends the lease. A second end would give away a block that someone else holds by now, so it throws.</summary>
    public void Dispose()
    {
        var holder = Interlocked.Exchange(ref _holder, null)
            ?? throw new InvalidOperationException("A buffer was given back twice.");
        holder.OnReturned();
        arena.GiveBack(this);
    }
}
