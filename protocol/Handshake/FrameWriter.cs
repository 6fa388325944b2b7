using System.Buffers;

namespace FastRelay.Protocol.Handshake;

/// <summary>Puts frames into a stream (SPEC 4.1).</summary>
public static class FrameWriter
{
    /// <summary>Writes header and payload.</summary>
    public static void Write(IBufferWriter<byte> output, byte type, ReadOnlySpan<byte> payload)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, FrameHeader.MaxPayloadAuthenticated, nameof(payload));
        var span = output.GetSpan(FrameHeader.Size + payload.Length);
        new FrameHeader(type, (ushort)payload.Length).Write(span);
        payload.CopyTo(span[FrameHeader.Size..]);
        output.Advance(FrameHeader.Size + payload.Length);
    }
}
