using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;

namespace FastRelay.Engine.Buffers;

/// <summary>
/// The arena's diagnostic twin, for tests: every lease is an array of its own, remembered with the stack that took it,
/// filled with <see cref="Poison"/> when it comes back, and refused a second return. Slow by design.
/// </summary>
/// <param name="blockSize">Bytes of a block; small blocks make streams cross block borders.</param>
public sealed class LeakTrackingPool(int blockSize = BufferArena.DefaultBlockSize) : MemoryPool<byte>
{
    /// <summary>What a block holds after its return: reading it shows at once.</summary>
    public const byte Poison = 0xDD;

    private readonly ConcurrentDictionary<Lease, StackTrace> _open = new();
    private long _rented;

    /// <inheritdoc/>
    public override int MaxBufferSize => blockSize;

    /// <summary>Leases that have not ended.</summary>
    public int OpenLeases => _open.Count;

    /// <summary>Leases ever taken.</summary>
    public long TotalLeases => Interlocked.Read(ref _rented);

    /// <inheritdoc/>
    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, blockSize);
        Interlocked.Increment(ref _rented);
        var lease = new Lease(this, new byte[blockSize]);
        _open[lease] = new StackTrace(1, fNeedFileInfo: false);
        return lease;
    }

    /// <summary>Throws with the stacks of the open leases, if any.</summary>
    /// <exception cref="InvalidOperationException">A lease is open.</exception>
    public void ThrowIfLeaked()
    {
        var open = _open.ToArray();
        if (open.Length == 0) return;
        throw new InvalidOperationException(
            $"{open.Length} of {TotalLeases} buffers were not given back. Taken at:\n" + string.Join('\n', open.Take(3).Select(static l => l.Value.ToString())));
    }

    /// <summary>Same as <see cref="ThrowIfLeaked"/>.</summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing) ThrowIfLeaked();
    }

    private sealed class Lease(LeakTrackingPool pool, byte[] array) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory => array;

        public void Dispose()
        {
            if (!pool._open.TryRemove(this, out _)) throw new InvalidOperationException("A buffer was given back twice.");
            array.AsSpan().Fill(Poison);
        }
    }
}
