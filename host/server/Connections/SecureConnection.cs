using FastRelay.Protocol;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Records;
using FastRelay.Protocol.Tracing;
using FastRelay.Protocol.Wire;

namespace FastRelay.Server.Connections;

/// <summary>
/// One established connection, after both Finished: messages in, messages out, each in a record (SPEC 5). It owns the channel's keys;
/// the frames stay with whoever accepted them.
/// </summary>
internal sealed class SecureConnection(
    FrameStream frames, SecureChannel channel, ConnectionRole role, SignalTrace trace, TimeProvider time) : IDisposable
{
    /// <summary>The peer as this server sees it; what OBSERVED told it (SPEC 6.1).</summary>
    public TransportAddress Peer => frames.Peer;

    /// <summary>The channel, for its exporter.</summary>
    public SecureChannel Channel => channel;

    /// <summary>The way to tell an observer.</summary>
    public SignalTrace Trace => trace;

    public ConnectionRole Role => role;

    /// <summary>Reads the next message and decrypts it. KEY_UPDATE is taken care of; CLOSE comes as a message.</summary>
    public async ValueTask<Message> ReadAsync(TimeSpan? patience)
    {
        frames.BeginRead(patience);
        Message? message;
        while ((message = TryRead()) is null)
        {
            if (frames.Take(await frames.ReceiveAsync(), out var frame) && (message = Open(frame)) is not null) break;
        }
        return message.Value;
    }

    private Message? TryRead()
    {
        Message? message = null;
        while (message is null && frames.TryRead(out var frame)) message = Open(frame);
        return message;
    }

    /// <returns>Null for a KEY_UPDATE, which is no message: whoever sends nothing else waits no longer for it.</returns>
    private Message? Open(in FrameRead frame)
    {
        if (frame.End != MessageEnd.None) return new Message(frame.End, 0, default, 0);
        var reason = channel.TryOpen(frame.Header, frame.Payload.Span, out byte type, out var content);
        if (reason != RejectReason.None) return new Message(frames.Reject(reason), 0, default, 0);
        return type == InnerType.KeyUpdate ? null : new Message(MessageEnd.None, type, frame.Payload[..content.Length], FrameHeader.Size + frame.Header.Length);
    }

    /// <summary>Counts a message as malformed: the caller closes without a word.</summary>
    public void Reject(RejectReason reason) => frames.Reject(reason);

    /// <summary>Seals and sends one message.</summary>
    /// <returns>False when the connection is gone.</returns>
    public ValueTask<bool> SendAsync(byte type, ReadOnlyMemory<byte> content, Signal? signal = null) =>
        frames.WriteAsync((this, type, content, signal), static (output, message) => message.Item1.Seal(output, message.type, message.content, message.signal));

    /// <summary>Sends CLOSE (SPEC 5.4).</summary>
    public ValueTask<bool> CloseAsync(CloseReason reason) => SendAsync(InnerType.Close, new[] { (byte)reason });

    /// <summary>Resets the connection.</summary>
    public void Abort() => frames.Abort();

    /// <summary>Completes when the server stops, for whoever doesn't read then.</summary>
    public Task Stopped => frames.Stopped;

    /// <summary>Wakes the reader with <see cref="MessageEnd.Stopping"/>.</summary>
    public void Stop() => frames.Stop();

    public void Dispose() => channel.Dispose();

    private void Seal(System.Buffers.IBufferWriter<byte> output, byte type, ReadOnlyMemory<byte> content, Signal? signal)
    {
        int bytes = channel.Seal(type, content.Span, output, (long)time.GetElapsedTime(0).TotalMilliseconds);
        if (signal is not null) trace.Sent(signal.Value, role, bytes, Peer);
    }
}
