using FastRelay.Protocol.Handshake;

namespace FastRelay.Server.Connections;

/// <summary>One frame of a connection, or the end of them.</summary>
/// <param name="End">Why there is no frame; <see cref="MessageEnd.None"/> when there is one.</param>
/// <param name="Header">Its header.</param>
/// <param name="Payload">Its payload; good until the next read, and the reader's to overwrite.</param>
internal readonly record struct FrameRead(MessageEnd End, FrameHeader Header, Memory<byte> Payload);
