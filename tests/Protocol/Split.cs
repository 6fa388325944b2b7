using System.Buffers;

namespace FastRelay.Protocol.Tests;

/// <summary>Cuts bytes as TCP might.</summary>
internal static class Split
{
    /// <summary>A sequence of two segments, the second of which starts at <paramref name="cut"/>.</summary>
    public static ReadOnlySequence<byte> InTwo(byte[] bytes, int cut)
    {
        var first = new Segment(bytes.AsMemory(0, cut), 0);
        var second = first.Append(bytes.AsMemory(cut));
        return new ReadOnlySequence<byte>(first, 0, second, second.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long index)
        {
            Memory = memory;
            RunningIndex = index;
        }

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
