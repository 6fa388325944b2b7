using System.Buffers;
using System.IO.Pipelines;
using FastRelay.Engine.Streams;
using FastRelay.Protocol;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Wire;

namespace FastRelay.Server.Connections;

/// <summary>
/// Frames over one stream connection (SPEC 4.1): reads whole frames into a leased buffer, with patience, and writes one writer at a time.
/// One reader; any number of writers. While it waits for the peer it holds no buffer.
/// <code>
/// BeginRead → TryRead → there is a frame, or an end
///                     → ReceiveAsync → Take → there is one, or TryRead again
/// </code>
/// It is in these steps so that whoever reads needs no state machine below its own: an idle connection has one for each that waits.
/// </summary>
internal sealed class FrameStream : IAsyncDisposable, IStreamDeadline
{
    private const long Never = long.MaxValue;
    private const double LeastSeconds = 0.001;

    private readonly StreamConnection _stream;
    private readonly FrameSettings _settings;
    private SendTurn _turn;
    private TaskCompletionSource? _stopped;
    private byte[]? _lease;
    private long _due = Never;
    private uint _place;
    private volatile bool _stopping;

    public FrameStream(StreamConnection stream, FrameSettings settings)
    {
        _stream = stream;
        _settings = settings;
        Peer = TransportAddress.From(stream.RemoteAddress);
    }

    /// <summary>The next and the one before in the list of all; <see cref="OpenConnections"/> alone touches them.</summary>
    internal FrameStream? Next, Previous;

    /// <summary>The peer as this server sees it.</summary>
    public TransportAddress Peer { get; }

    /// <summary>Most bytes of a payload; a longer one is malformed as soon as its header is read.</summary>
    public int MaxPayload { get; set; } = FrameHeader.MaxPayloadToServer;

    /// <summary>Completes when the server stops, for whoever doesn't read then.</summary>
    public Task Stopped
    {
        get
        {
            if (_stopped is null) Interlocked.CompareExchange(ref _stopped, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), null);
            if (_stopping) _stopped.TrySetResult();
            return _stopped.Task;
        }
    }

    /// <summary>Begins a read: the frame before is given back.</summary>
    /// <param name="patience">How long to wait for the next, whatever comes meanwhile; null waits as long as the connection lasts.</param>
    public void BeginRead(TimeSpan? patience)
    {
        ReturnLease();
        _due = patience is { } wait ? _settings.Time.GetTimestamp() + (long)(wait.TotalSeconds * _settings.Time.TimestampFrequency) : Never;
    }

    /// <summary>Takes the next frame, or the end, without waiting.</summary>
    /// <returns>False when there is neither: <see cref="ReceiveAsync"/>, then.</returns>
    public bool TryRead(out FrameRead frame)
    {
        if (_stopping)
        {
            frame = new FrameRead(MessageEnd.Stopping, default, default);
            return true;
        }
        if (_stream.Input.TryRead(out var read)) return Take(read, out frame);
        frame = default;
        return false;
    }

    /// <summary>Waits until more comes, the connection ends, the patience does, or the server stops. Its result is for <see cref="Take"/>, at once.</summary>
    public ValueTask<ReadResult> ReceiveAsync()
    {
        var receiving = _stream.Input.ReadAsync();
        if (_due == Never || receiving.IsCompleted) return receiving;
        double rest = (_due - _settings.Time.GetTimestamp()) / (double)_settings.Time.TimestampFrequency;
        _settings.Deadlines.Set(this, ref _place, TimeSpan.FromSeconds(Math.Max(rest, LeastSeconds)));
        return receiving;
    }

    /// <summary>Takes the next frame, or the end, of what was received.</summary>
    /// <returns>False when there is neither yet.</returns>
    public bool Take(in ReadResult read, out FrameRead frame)
    {
        var buffer = read.Buffer;
        switch (FrameReader.TryRead(ref buffer, MaxPayload, out var found))
        {
            case FrameStatus.Frame:
                var payload = Lease(found.Payload);
                _stream.Input.AdvanceTo(buffer.Start);
                frame = new FrameRead(MessageEnd.None, found.Header, payload);
                return true;
            case FrameStatus.Malformed:
                _stream.Input.AdvanceTo(buffer.End);
                frame = new FrameRead(Reject(found.Reason), default, default);
                return true;
        }
        _stream.Input.AdvanceTo(buffer.Start, buffer.End);
        var end = MessageEnd.None;
        if (read.IsCompleted) end = buffer.IsEmpty ? MessageEnd.Closed : Reject(RejectReason.TooShort);
        else if (_stopping) end = MessageEnd.Stopping;
        // The deadline of an earlier read may pass late, and this one's a little early.
        else if (read.IsCanceled && _due <= _settings.Time.GetTimestamp()) end = MessageEnd.Idle;
        frame = new FrameRead(end, default, default);
        return end != MessageEnd.None;
    }

    /// <summary>Where the only writer writes before it calls <see cref="FlushAsync"/>: in the handshake nobody else does.</summary>
    public PipeWriter Output => _stream.Output;

    /// <summary>Sends what was written, and waits until the connection takes it.</summary>
    /// <returns>False when the connection is gone or the peer doesn't read; then it is reset.</returns>
    public ValueTask<bool> FlushAsync()
    {
        ValueTask<FlushResult> flushing;
        try
        {
            flushing = _stream.Output.FlushAsync();
        }
        catch (InvalidOperationException)
        {
            return new ValueTask<bool>(Gone());
        }
        return flushing.IsCompletedSuccessfully ? new ValueTask<bool>(IsGood(flushing.Result)) : new ValueTask<bool>(FlushedAsync(flushing));
    }

    /// <summary>Writes what <paramref name="write"/> puts out when its turn comes, and waits until the connection takes it.</summary>
    /// <returns>As <see cref="FlushAsync"/>.</returns>
    public async ValueTask<bool> WriteAsync<TState>(TState state, Action<IBufferWriter<byte>, TState> write)
    {
        if (!_turn.TryEnter()) await _turn.EnterAsync();
        try
        {
            write(_stream.Output, state);
            return await FlushAsync();
        }
        catch (InvalidOperationException)
        {
            return Gone();
        }
        finally
        {
            _turn.Leave();
        }
    }

    /// <summary>Whether nothing can be sent any more.</summary>
    public bool IsGone => _stream.WriteEnd != StreamEnd.Open;

    /// <summary>Counts why bytes weren't taken.</summary>
    public MessageEnd Reject(RejectReason reason)
    {
        _settings.Counters.StreamRejected(reason);
        return MessageEnd.Malformed;
    }

    /// <summary>Resets the connection when the time passes.</summary>
    public void SetDeadline(TimeSpan after) => _stream.SetDeadline(after);

    public void ClearDeadline() => _stream.ClearDeadline();

    /// <summary>Wakes the reader with <see cref="MessageEnd.Stopping"/>.</summary>
    public void Stop()
    {
        _stopping = true;
        // Whoever asks for Stopped from now on sees that it has.
        Interlocked.MemoryBarrier();
        _stopped?.TrySetResult();
        _stream.Input.CancelPendingRead();
    }

    /// <summary>Resets the connection.</summary>
    public void Abort() => _stream.Abort();

    public async ValueTask DisposeAsync()
    {
        _settings.Deadlines.Clear(this, ref _place);
        ReturnLease();
        // Whoever still writes is done first: the connection mustn't be disposed under a flush.
        if (!_turn.TryEnter()) await _turn.EnterAsync();
        await _stream.DisposeAsync();
        _turn.Leave();
    }

    void IStreamDeadline.OnDeadline() => _stream.Input.CancelPendingRead();

    private static bool IsGood(FlushResult flushed) => !flushed.IsCompleted && !flushed.IsCanceled;

    private async Task<bool> FlushedAsync(ValueTask<FlushResult> flushing)
    {
        try
        {
            return IsGood(await flushing.AsTask().WaitAsync(_settings.SendPatience, _settings.Time));
        }
        catch (Exception e) when (e is TimeoutException or InvalidOperationException)
        {
            return Gone();
        }
    }

    // The peer doesn't read, or the pipe was completed by the connection's end meanwhile.
    private bool Gone()
    {
        _stream.Abort();
        return false;
    }

    private Memory<byte> Lease(ReadOnlySequence<byte> payload)
    {
        // A frame that was no message to its reader is given back here.
        ReturnLease();
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
