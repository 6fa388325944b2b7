using System.Buffers;
using FastRelay.Protocol.Handshake;
using FastRelay.Server.Limits;

namespace FastRelay.Server.Connections;

/// <summary>One frame given to a handshake, and what came of it.</summary>
internal sealed class HandshakeStep(ServerHandshake handshake, byte type, ReadOnlyMemory<byte> payload, DateTimeOffset now, HandshakePlace? turn)
{
    /// <summary>Where the handshake stands after it.</summary>
    public HandshakeStatus Status { get; private set; }

    /// <summary>Takes the frame, and writes what answers it.</summary>
    public void Process(IBufferWriter<byte> output)
    {
        try
        {
            Status = handshake.Process(type, payload.Span, now, output);
        }
        finally
        {
            turn?.Leave();
        }
    }
}
