using System.Buffers;

namespace FastRelay.Protocol.Tests.Support;

/// <summary>
/// The ways in which a valid message is damaged in these tests. Each enumerates exhaustively; the arrays handed out are
/// exactly as long as the message they hold, so that a read past the end is an exception and not a zero.
/// </summary>
public static class MessageCorpus
{
    /// <summary>Every proper prefix, the empty one first.</summary>
    public static IEnumerable<byte[]> Prefixes(byte[] message)
    {
        for (int length = 0; length < message.Length; length++) yield return message[..length];
    }

    /// <summary>The message with each single bit flipped in turn; <c>Bit / 8</c> is the byte.</summary>
    public static IEnumerable<(int Bit, byte[] Message)> BitFlips(byte[] message)
    {
        for (int bit = 0; bit < message.Length * 8; bit++)
        {
            byte[] copy = [.. message];
            copy[bit / 8] ^= (byte)(0x80 >> (bit % 8));
            yield return (bit, copy);
        }
    }

    /// <summary>The message with 1 to <paramref name="most"/> bytes after it: zeros, ones, and its own beginning.</summary>
    public static IEnumerable<byte[]> WithTrailingBytes(byte[] message, int most = 24)
    {
        for (int extra = 1; extra <= most; extra++)
        {
            yield return [.. message, .. new byte[extra]];
            yield return [.. message, .. Enumerable.Repeat((byte)0xFF, extra)];
            yield return [.. message, .. message.Take(extra)];
        }
    }

    /// <summary>The message as a sequence of two segments, cut at every index, both ends included.</summary>
    public static IEnumerable<(int Index, ReadOnlySequence<byte> Sequence)> Splits(byte[] message)
    {
        for (int index = 0; index <= message.Length; index++) yield return (index, Sequence(message[..index], message[index..]));
    }

    /// <summary>The message as a sequence of one segment a byte.</summary>
    public static ReadOnlySequence<byte> ByteByByte(byte[] message) => Sequence([.. message.Select(b => new[] { b })]);

    /// <summary>A sequence of the segments given; empty ones are kept.</summary>
    public static ReadOnlySequence<byte> Sequence(params byte[][] segments)
    {
        if (segments.Length == 0) return ReadOnlySequence<byte>.Empty;
        var first = new Segment(segments[0], 0);
        Segment last = first;
        foreach (byte[] segment in segments.Skip(1)) last = last.Append(segment);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] bytes, long before)
        {
            Memory = bytes;
            RunningIndex = before;
        }

        public Segment Append(byte[] bytes)
        {
            var next = new Segment(bytes, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
