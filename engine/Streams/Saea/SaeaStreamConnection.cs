using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using FastRelay.Engine.Buffers;

namespace FastRelay.Engine.Streams.Saea;

/// <summary>
/// A connection of the base library's socket. Two pumps carry bytes between pipes and the socket; each stops when its
/// pipe is full and goes on when it has drained.
/// </summary>
internal sealed class SaeaStreamConnection : StreamConnection, IStreamDeadline
{
    // What a receive must find room for: less isn't worth the system call; the pipe takes a new block then.
    private const int MinReceiveBytes = 1024;

    private readonly Socket _socket;
    private readonly TimeSpan _closeTimeout;
    private readonly Pipe _input;
    private readonly Pipe _output;
    private readonly SocketOperation _receiver = new();
    private readonly SocketOperation _sender = new();
    private readonly StreamDeadlines _deadlines;
    private readonly Lock _gate = new();
    private readonly Task _sending;
    private StreamEnd _cause;
    private volatile StreamEnd _readEnd;
    private volatile StreamEnd _writeEnd;
    private bool _ended;
    private bool _socketClosed;
    private uint _deadline;

    /// <summary>Takes over a connected socket.</summary>
    public SaeaStreamConnection(Socket socket, StreamOptions options)
    {
        _socket = socket;
        socket.NoDelay = options.NoDelay;
        RemoteAddress = Unmapped((IPEndPoint)socket.RemoteEndPoint!);
        LocalAddress = Unmapped((IPEndPoint)socket.LocalEndPoint!);
        _closeTimeout = options.CloseTimeout;
        _deadlines = StreamDeadlines.Of(options.TimeProvider);

        var pool = options.Pool ?? BufferArena.Shared.ForRole("stream");
        // The user's continuations run on the pool, a reader's on the thread of it that received. The sending pump runs where the user
        // flushes, which saves a hop: it only starts the socket's send.
        _input = new Pipe(new PipeOptions(pool, PumpScheduler.Instance, PipeScheduler.ThreadPool,
            options.MaxUnreadBytes, Math.Max(1, options.MaxUnreadBytes / 2), useSynchronizationContext: false));
        _output = new Pipe(new PipeOptions(pool, PipeScheduler.Inline, PipeScheduler.ThreadPool,
            options.MaxUnsentBytes, Math.Max(1, options.MaxUnsentBytes / 2), useSynchronizationContext: false));

        _sending = SendAllAsync();
        Completion = RunAsync();
    }

    public override IPEndPoint RemoteAddress { get; }

    public override IPEndPoint LocalAddress { get; }

    public override PipeReader Input => _input.Reader;

    public override PipeWriter Output => _output.Writer;

    public override StreamEnd ReadEnd => _readEnd;

    public override StreamEnd WriteEnd => _writeEnd;

    public override Task Completion { get; }

    public override void SetDeadline(TimeSpan after)
    {
        _deadlines.Set(this, ref _deadline, after);
        // One that is set on a connection that has ended meanwhile would keep it until it passes.
        if (Volatile.Read(ref _ended)) ClearDeadline();
    }

    public override void ClearDeadline() => _deadlines.Clear(this, ref _deadline);

    public override void Abort() => AbortFor(StreamEnd.Aborted);

    void IStreamDeadline.OnDeadline() => AbortFor(StreamEnd.DeadlinePassed);

    public override async ValueTask DisposeAsync()
    {
        await Input.CompleteAsync().ConfigureAwait(false);
        await Output.CompleteAsync().ConfigureAwait(false);
        if (!_sending.IsCompleted)
        {
            SetDeadline(_closeTimeout);
            await _sending.ConfigureAwait(false);
        }
        Close(StreamEnd.Aborted, reset: false);
        await Completion.ConfigureAwait(false);
    }

    private void AbortFor(StreamEnd cause) => Close(cause, reset: true);

    private static IPEndPoint Unmapped(IPEndPoint endPoint) =>
        endPoint.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(endPoint.Address.MapToIPv4(), endPoint.Port) : endPoint;

    private async Task RunAsync()
    {
        await ReceiveAllAsync().ConfigureAwait(false);
        await _sending.ConfigureAwait(false);
        Close(StreamEnd.Finished, reset: false);
        Volatile.Write(ref _ended, true);
        ClearDeadline();
        _receiver.Dispose();
        _sender.Dispose();
    }

    private async Task ReceiveAllAsync()
    {
        var end = StreamEnd.Failed;
        try
        {
            end = await PumpInAsync().ConfigureAwait(false);
        }
        finally
        {
            _readEnd = end = CauseOr(end);
            // A connection that failed one way is of no use the other way.
            if (end is StreamEnd.Reset or StreamEnd.Failed) AbortFor(end);
            await _input.Writer.CompleteAsync().ConfigureAwait(false);
        }
    }

    private async Task<StreamEnd> PumpInAsync()
    {
        var writer = _input.Writer;
        while (true)
        {
            // The reader may have closed the connection in the midst of the flush below: a wait on the closed socket would throw.
            if (Volatile.Read(ref _socketClosed)) return StreamEnd.Aborted;
            var outcome = await _receiver.WaitForDataAsync(_socket).ConfigureAwait(false);
            if (!outcome.Succeeded) return outcome.ToEnd();
            // On Unix the wait ends with any event, also with one for bytes that were received before. A receive would then
            // wait with a buffer in hand, perhaps for hours.
            if (!IsReadable()) continue;

            outcome = await _receiver.ReceiveAsync(_socket, writer.GetMemory(MinReceiveBytes)).ConfigureAwait(false);
            _receiver.ForgetBuffers();
            if (!outcome.Succeeded) return outcome.ToEnd();
            if (outcome.Bytes == 0) return StreamEnd.Finished;

            writer.Advance(outcome.Bytes);
            var flushed = await PumpScheduler.FlushAsync(writer).ConfigureAwait(false);
            if (flushed.IsCompleted || flushed.IsCanceled) return StreamEnd.Aborted;
        }
    }

    private bool IsReadable()
    {
        try
        {
            return _socket.Poll(0, SelectMode.SelectRead);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The receive says what it is.
            return true;
        }
    }

    private async Task SendAllAsync()
    {
        var end = StreamEnd.Aborted;
        try
        {
            end = await PumpOutAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // Output was completed with an exception: it is the user's, who knows of it. The peer learns by RST.
        }
        finally
        {
            _writeEnd = end = CauseOr(end);
            if (end != StreamEnd.Finished) AbortFor(end);
            await _output.Reader.CompleteAsync().ConfigureAwait(false);
        }
    }

    private async Task<StreamEnd> PumpOutAsync()
    {
        var reader = _output.Reader;
        while (true)
        {
            var read = await reader.ReadAsync().ConfigureAwait(false);
            if (read.IsCanceled) return StreamEnd.Aborted;
            var rest = read.Buffer;
            while (!rest.IsEmpty)
            {
                var outcome = await _sender.SendAsync(_socket, rest).ConfigureAwait(false);
                if (!outcome.Succeeded) return outcome.ToEnd();
                rest = rest.Slice(outcome.Bytes);
            }
            _sender.ForgetBuffers();
            reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) return SendFin();
        }
    }

    private StreamEnd SendFin()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
            return StreamEnd.Finished;
        }
        catch (SocketException e)
        {
            return new SocketOutcome(e.SocketErrorCode, 0).ToEnd();
        }
        catch (ObjectDisposedException)
        {
            return StreamEnd.Aborted;
        }
    }

    /// <summary>A pump that found its socket closed by this side reports why it was closed.</summary>
    private StreamEnd CauseOr(StreamEnd end)
    {
        lock (_gate) return end == StreamEnd.Aborted && _socketClosed ? _cause : end;
    }

    private void Close(StreamEnd cause, bool reset)
    {
        lock (_gate)
        {
            if (_socketClosed) return;
            _socketClosed = true;
            _cause = cause;
        }
        if (reset) CloseWithReset();
        else CloseInOrder();
        // Wakes the pumps that wait for their pipe, not for the socket.
        _input.Writer.CancelPendingFlush();
        _output.Reader.CancelPendingRead();
    }

    private void CloseWithReset()
    {
        try
        {
            _socket.LingerState = new LingerOption(true, 0);
        }
        catch (SocketException)
        {
            // The peer was faster: there is no connection left to reset.
        }
        _socket.Close(0);
    }

    private void CloseInOrder()
    {
        // A kernel that closes with unread bytes sends RST, which can overtake what we sent last. What has come by now is read away.
        try
        {
            Span<byte> discarded = stackalloc byte[1024];
            for (int i = 0; i < 64 && _socket.Available > 0; i++) _socket.Receive(discarded, SocketFlags.None, out _);
        }
        catch (SocketException)
        {
            // Closed by the peer in the meantime.
        }
        _socket.Dispose();
    }
}
