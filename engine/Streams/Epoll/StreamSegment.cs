using System.Buffers;
using Microsoft.Extensions.ObjectPool;

namespace FastRelay.Engine.Streams.Epoll;

/// <summary>A leased block in a chain, filled from its front. The objects are kept for reuse.</summary>
internal sealed class StreamSegment : ReadOnlySequenceSegment<byte>
{
    private const int MostKept = 256;

    private static readonly DefaultObjectPool<StreamSegment> Kept = new(new DefaultPooledObjectPolicy<StreamSegment>(), MostKept);

    private IMemoryOwner<byte>? _lease;
    private byte[]? _array;
    private Memory<byte> _block;

    /// <summary>Bytes filled.</summary>
    public int Length => Memory.Length;

    /// <summary>What isn't filled yet.</summary>
    public Memory<byte> Room => _block[Memory.Length..];

    /// <summary>The next in the chain.</summary>
    public StreamSegment? Following => (StreamSegment?)Next;

    /// <summary>Leases a block.</summary>
    /// <param name="pool">Where from.</param>
    /// <param name="least">Bytes that it must hold. Beyond what the pool has, it is an array of its own.</param>
    public static StreamSegment Rent(MemoryPool<byte> pool, int least = 1)
    {
        var segment = Kept.Get();
        if (least > pool.MaxBufferSize)
        {
            segment._array = ArrayPool<byte>.Shared.Rent(least);
            segment._block = segment._array;
        }
        else
        {
            segment._lease = pool.Rent();
            segment._block = segment._lease.Memory;
        }
        return segment;
    }

    /// <summary>Counts bytes as filled.</summary>
    public void Fill(int bytes) => Memory = _block[..(Memory.Length + bytes)];

    /// <summary>Puts a segment after this one, which is filled no further.</summary>
    public void Append(StreamSegment segment)
    {
        Next = segment;
        segment.RunningIndex = RunningIndex + Memory.Length;
    }

    /// <summary>Takes this one out of the chain before the others.</summary>
    /// <returns>The next in the chain.</returns>
    public StreamSegment? Detach()
    {
        var following = Following;
        Next = null;
        return following;
    }

    /// <summary>Gives the block back.</summary>
    /// <returns>The next in the chain.</returns>
    public StreamSegment? Free()
    {
        var following = Detach();
        _lease?.Dispose();
        // What passes through may have been decrypted in place.
        if (_array is not null) ArrayPool<byte>.Shared.Return(_array, clearArray: true);
        _lease = null;
        _array = null;
        _block = default;
        Memory = default;
        RunningIndex = 0;
        Kept.Return(this);
        return following;
    }

    /// <summary>Gives a whole chain back.</summary>
    public static void FreeAll(StreamSegment? chain)
    {
        while (chain is not null) chain = chain.Free();
    }
}
