using System.Buffers;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Handshake;

/// <summary>Finds frames in a stream (SPEC 4.1), apart from reading what is in them. Allocates nothing.</summary>
public static class FrameReader
{
    /// <summary>
    /// Takes the next frame from the front of <paramref name="input"/>.
    /// </summary>
    /// <param name="input">What was received; on <see cref="FrameStatus.Frame"/> it is moved past the frame, else unchanged.</param>
    /// <param name="maxPayload">The longest payload allowed now (the machine's or channel's MaxPayload): more is malformed before a byte of it is buffered.</param>
    /// <param name="frame">The frame; on <see cref="FrameStatus.Malformed"/> only its Reason is set.</param>
    public static FrameStatus TryRead(ref ReadOnlySequence<byte> input, int maxPayload, out Frame frame)
    {
        frame = default;
        if (input.Length < FrameHeader.Size) return FrameStatus.NeedMore;
        Span<byte> bytes = stackalloc byte[FrameHeader.Size];
        input.Slice(0, FrameHeader.Size).CopyTo(bytes);
        var reason = FrameHeader.TryRead(bytes, maxPayload, out var header);
        if (reason != RejectReason.None)
        {
            frame = new Frame(default, default, reason);
            return FrameStatus.Malformed;
        }
        if (input.Length < FrameHeader.Size + header.Length) return FrameStatus.NeedMore;
        frame = new Frame(header, input.Slice(FrameHeader.Size, header.Length), RejectReason.None);
        input = input.Slice(FrameHeader.Size + header.Length);
        return FrameStatus.Frame;
    }
}
