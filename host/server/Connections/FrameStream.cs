using System.Buffers;
using FastRelay.Engine.Streams;
using FastRelay.Protocol;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Metrics;

namespace FastRelay.Server.Connections;

/// <summary>
/// Frames over one stream connection (SPEC 4.1): reads whole frames into a leased buffer, with patience, and writes under a lock.
/// One reader; any number of writers. While it waits for the peer it holds no buffer.
/// </summary>
internal sealed class FrameStream : IAsyncDisposable
{
    private readonly StreamConnection _stream;
    private readonly TimeProvider _time;
    private readonly TimeSpan _sendPatience;
    private readonly ServerCounters _counters;
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly ITimer _patience;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private byte[]? _lease;
    private volatile bool _stopping;

    public FrameStream(StreamConnection stream, TimeProvider time, TimeSpan sendPatience, ServerCounters counters)
    {
        _stream = stream;
        _time = time;
        _sendPatience = sendPatience;
        _counters = counters;
        Peer = TransportAddress.From(stream.RemoteAddress);
        _patience = time.CreateTimer(static s => ((StreamConnection)s!).Input.CancelPendingRead(), stream, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The peer as this server sees it.</summary>
    public TransportAddress Peer { get; }

    /// <summary>Most bytes of a payload; a longer one is malformed as soon as its header is read.</summary>
    public int MaxPayload { get; set; } = FrameHeader.MaxPayloadToServer;

    /// <summary>Completes when the server stops, for whoever doesn't read then.</summary>
    public Task Stopped => _stopped.Task;

    /// <summary>Reads the next frame. Its payload is good until the next read.</summary>
    /// <param name="patience">How long to wait; null waits as long as the connection lasts.</param>
    public async ValueTask<(MessageEnd End, FrameHeader Header, Memory<byte> Payload)> ReadAsync(TimeSpan? patience)
    {
        ReturnLease();
        long started = _time.GetTimestamp();
        _patience.Change(patience ?? Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        while (true)
        {
            if (_stopping) return (MessageEnd.Stopping, default, default);
            var read = await _stream.Input.ReadAsync();
            var buffer = read.Buffer;
            switch (FrameReader.TryRead(ref buffer, MaxPayload, out var frame))
            {
                case FrameStatus.Frame:
                    var payload = Lease(frame.Payload);
                    _stream.Input.AdvanceTo(buffer.Start);
                    return (MessageEnd.None, frame.Header, payload);
                case FrameStatus.Malformed:
                    _stream.Input.AdvanceTo(buffer.End);
                    return (Reject(frame.Reason), default, default);
            }
            _stream.Input.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted) return (buffer.IsEmpty ? MessageEnd.Closed : Reject(RejectReason.TooShort), default, default);
            if (!read.IsCanceled || patience is null) continue;
            // A timer of an earlier read may fire late, and this one's a little early.
            var rest = patience.Value - _time.GetElapsedTime(started);
            if (rest <= TimeSpan.Zero) return (MessageEnd.Idle, default, default);
            _patience.Change(rest, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Writes what <paramref name="write"/> puts out, and waits until the connection takes it.</summary>
    /// <returns>False when the connection is gone or the peer doesn't read; then it is reset.</returns>
    public async ValueTask<bool> WriteAsync<TState>(TState state, Action<IBufferWriter<byte>, TState> write)
    {
        await _sending.WaitAsync();
        try
        {
            write(_stream.Output, state);
            var flushing = _stream.Output.FlushAsync();
            var flushed = flushing.IsCompleted ? await flushing : await flushing.AsTask().WaitAsync(_sendPatience, _time);
            return !flushed.IsCompleted && !flushed.IsCanceled;
        }
        catch (Exception e) when (e is TimeoutException or InvalidOperationException)
        {
            // The peer doesn't read, or the pipe was completed by the connection's end meanwhile.
            _stream.Abort();
            return false;
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Whether nothing can be sent any more.</summary>
    public bool IsGone => _stream.WriteEnd != StreamEnd.Open;

    /// <summary>Counts why bytes weren't taken.</summary>
    public MessageEnd Reject(RejectReason reason)
    {
        _counters.StreamRejected(reason);
        return MessageEnd.Malformed;
    }

    /// <summary>Resets the connection when the time passes.</summary>
    public void SetDeadline(TimeSpan after) => _stream.SetDeadline(after);

    public void ClearDeadline() => _stream.ClearDeadline();

    /// <summary>Wakes the reader with <see cref="MessageEnd.Stopping"/>.</summary>
    public void Stop()
    {
        _stopping = true;
        _stopped.TrySetResult();
        _stream.Input.CancelPendingRead();
    }

    /// <summary>Resets the connection.</summary>
    public void Abort() => _stream.Abort();

    public async ValueTask DisposeAsync()
    {
        await _patience.DisposeAsync();
        ReturnLease();
        // Whoever still writes is done first: the connection mustn't be disposed under a flush.
        await _sending.WaitAsync();
        await _stream.DisposeAsync();
        _sending.Release();
    }

    private Memory<byte> Lease(ReadOnlySequence<byte> payload)
    {
        int length = (int)payload.Length;
        if (length == 0) return default;
        _lease = ArrayPool<byte>.Shared.Rent(length);
        payload.CopyTo(_lease);
        return _lease.AsMemory(0, length);
    }

    private void ReturnLease()
    {
        if (_lease is null) return;
        // It held a message decrypted in place.
        ArrayPool<byte>.Shared.Return(_lease, clearArray: true);
        _lease = null;
    }
}
