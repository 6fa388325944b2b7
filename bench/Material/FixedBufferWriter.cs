using System.Buffers;

namespace FastRelay.Bench.Material;

/// <summary>A writer over one array that is used again and again.</summary>
internal sealed class FixedBufferWriter(int size) : IBufferWriter<byte>
{
    private readonly byte[] _bytes = new byte[size];
    private int _written;

    public Span<byte> Written => _bytes.AsSpan(0, _written);

    public void Reset() => _written = 0;

    public void Advance(int count) => _written += count;

    public Memory<byte> GetMemory(int sizeHint = 0) => _bytes.AsMemory(_written);

    public Span<byte> GetSpan(int sizeHint = 0) => _bytes.AsSpan(_written);
}
