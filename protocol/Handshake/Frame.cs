using System.Buffers;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Handshake;

/// <summary>One frame found in a stream (SPEC 4.1). A view: the payload belongs to the input it was found in.</summary>
/// <param name="Header">Type and length.</param>
/// <param name="Payload">Exactly <see cref="FrameHeader.Length"/> bytes, wherever TCP split them.</param>
/// <param name="Reason">Why the input is malformed; <see cref="RejectReason.None"/> for a frame.</param>
public readonly record struct Frame(FrameHeader Header, ReadOnlySequence<byte> Payload, RejectReason Reason)
{
    /// <summary>One of <see cref="FrameType"/>.</summary>
    public byte Type => Header.Type;
}
