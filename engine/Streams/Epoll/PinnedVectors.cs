using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using FastRelay.Engine.Interop.Linux;

namespace FastRelay.Engine.Streams.Epoll;

/// <summary>Memory of several blocks as one system call takes it, held in its place meanwhile. Lives on the stack.</summary>
internal unsafe ref struct PinnedVectors
{
    /// <summary>Most blocks of one call: 64 KiB in the default blocks.</summary>
    public const int Most = 16;

    private Handles _handles;
    private Vectors _vectors;

    /// <summary>Blocks taken so far.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of them.</summary>
    public int Bytes { get; private set; }

    /// <summary>For the system call; this value mustn't move until it is over, which a local doesn't.</summary>
    [UnscopedRef]
    public BufferVector* Pointer => (BufferVector*)Unsafe.AsPointer(ref _vectors[0]);

    /// <summary>Takes a block.</summary>
    public void Add(ReadOnlyMemory<byte> memory)
    {
        _handles[Count] = memory.Pin();
        _vectors[Count] = new BufferVector { Base = (byte*)_handles[Count].Pointer, Length = (nuint)memory.Length };
        Bytes += memory.Length;
        Count++;
    }

    /// <summary>Lets go of them.</summary>
    public void Dispose()
    {
        for (int i = 0; i < Count; i++) _handles[i].Dispose();
        Count = 0;
    }

    [InlineArray(Most)]
    private struct Handles
    {
        private MemoryHandle _first;
    }

    [InlineArray(Most)]
    private struct Vectors
    {
        private BufferVector _first;
    }
}
