using System.Net;
using System.Net.Sockets;
using FastRelay.Engine.Timing;
using Microsoft.Extensions.Logging;

namespace FastRelay.Engine.Datagrams.Saea;

/// <summary>
/// The portable backend. The loop is a work item of the thread pool that is queued by whatever happens (a completed
/// receive or send, a command, a tick) and runs until nothing is left; a count of happenings keeps it from running twice
/// at once and from missing one. Only the running work item touches the handler and the buffers.
/// </summary>
/// <remarks>
/// A batch is what receives without waiting. While the kernel doesn't take what was sent, nothing is received either: the
/// socket's buffer holds it, and beyond that the kernel drops.
/// </remarks>
internal sealed class SaeaDatagramLoop<THandler> : DatagramLoop<THandler>, IThreadPoolWorkItem
    where THandler : struct, IDatagramHandler
{
    // After so many batches in a row the loop goes to the back of the pool's queue.
    private const int BatchesPerRun = 64;

    // A socket that only fails is dead. Far above what a burst of ICMP errors brings.
    private const int MaxErrorsInRow = 10_000;

    private readonly Socket _socket;
    private readonly AddressFamily _family;
    private readonly DatagramBuffers _buffers;
    private readonly int _batchSize;
    private readonly ShardClock _clock;
    private readonly DatagramLoopOptions _options;
    private readonly CommandQueue<THandler> _commands;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PendingDatagramOperation _receive;
    private readonly PendingDatagramOperation _send;
    private THandler _handler;
    private ITimer? _ticker;
    private long _happenings;
    private int _started;
    private volatile bool _tickDue;
    private volatile bool _stopping;

    // Owned by the running work item.
    private int _position;
    private int _sentOfOutput;
    private int _errorsInRow;
    private bool _closed;
    private Exception? _death;
    private long _received, _sent, _truncated, _sendErrors, _receiveErrors;

    public SaeaDatagramLoop(THandler handler, DatagramLoopOptions options, ILogger logger)
    {
        _handler = handler;
        _options = options;
        _batchSize = options.BatchSize;
        _clock = new ShardClock(options.TimeProvider);
        _commands = new CommandQueue<THandler>(options.MaxWaitingCommands);
        _family = options.BindEndPoint.AddressFamily;
        _socket = DatagramSocket.Bind(options, logger);
        LocalEndPoint = (IPEndPoint)_socket.LocalEndPoint!;
        _buffers = new DatagramBuffers(options);
        _receive = new PendingDatagramOperation(_family, _buffers.Received, SignalFromCompletion);
        _send = new PendingDatagramOperation(_family, _buffers.Output, SignalFromCompletion);
    }

    public override IPEndPoint LocalEndPoint { get; }

    public override Task Completion => _completion.Task;

    public override DatagramCounters Counters => new(
        Volatile.Read(ref _received), Volatile.Read(ref _sent), _buffers.Overflowed, Volatile.Read(ref _truncated),
        Volatile.Read(ref _sendErrors), Volatile.Read(ref _receiveErrors), KernelDropped: null);

    public override void Start()
    {
        ObjectDisposedException.ThrowIf(_stopping, this);
        if (Interlocked.Exchange(ref _started, 1) != 0) throw new InvalidOperationException("The loop was started before.");
        _ticker = _options.TimeProvider.CreateTimer(
            static loop => ((SaeaDatagramLoop<THandler>)loop!).OnTimer(), this, _options.TickInterval, _options.TickInterval);
        Signal();
    }

    public override bool Post(IDatagramCommand<THandler> command)
    {
        ArgumentNullException.ThrowIfNull(command);
        if (!_commands.TryAdd(command)) return false;
        if (Volatile.Read(ref _started) != 0) Signal();
        return true;
    }

    public override async ValueTask DisposeAsync()
    {
        _stopping = true;
        // A loop that was never started still runs the commands that were posted to it: then it ends.
        Interlocked.Exchange(ref _started, 1);
        Signal();
        await _completion.Task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    void IThreadPoolWorkItem.Execute() => Run();

    private void OnTimer()
    {
        _tickDue = true;
        Signal();
    }

    /// <summary>Something happened. The first of a series queues the loop; further ones make it look again before it rests.</summary>
    private void Signal()
    {
        if (Interlocked.Increment(ref _happenings) == 1) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>As <see cref="Signal"/>, on a thread of the pool with nothing above it: the loop may run right here.</summary>
    private void SignalFromCompletion()
    {
        if (Interlocked.Increment(ref _happenings) == 1) Run();
    }

    private void Run()
    {
        long seen;
        do
        {
            seen = Interlocked.Read(ref _happenings);
            if (WorkOrDie()) continue;
            // Not subtracted: whoever signals meanwhile must not start a second run.
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            return;
        }
        while (Interlocked.Add(ref _happenings, -seen) != 0);
    }

    /// <returns>False when there is more to do and others should have a turn first.</returns>
    private bool WorkOrDie()
    {
        try
        {
            if (!_closed) return Work();
        }
        catch (Exception e)
        {
            _death = e;
            Close();
        }
        EndWhenQuiet();
        return true;
    }

    private bool Work()
    {
        for (int batches = 0; batches < BatchesPerRun; batches++)
        {
            if (!Flush() || !RunCommands() || !Tick()) return true;
            if (_stopping && _commands.CloseIfEmpty())
            {
                Close();
                EndWhenQuiet();
                return true;
            }
            int first = _position;
            int count = ReceiveBatch();
            if (count == 0)
            {
                if (_receive.IsPending) return true;
                continue;
            }
            var batch = new DatagramBatch(_buffers, first, count, _clock.NowMs);
            _handler.OnBatch(ref batch);
        }
        return false;
    }

    /// <returns>False when the kernel doesn't take more for now; the send's completion signals.</returns>
    private bool RunCommands()
    {
        // Those that wait now: whoever posts meanwhile also signals, and the loop comes back.
        for (int waiting = _commands.Count; waiting > 0 && _commands.TryTake(out var command); waiting--)
        {
            var output = EmptyBatch();
            command.Execute(ref _handler, ref output);
            if (!Flush()) return false;
        }
        return true;
    }

    private bool Tick()
    {
        if (!_tickDue) return true;
        _tickDue = false;
        var output = EmptyBatch();
        _handler.OnTick(ref output);
        return Flush();
    }

    private DatagramBatch EmptyBatch() => new(_buffers, _position, 0, _clock.NowMs);

    /// <summary>Takes what has come, up to a batch. At the end a receive waits, unless the batch is full.</summary>
    private int ReceiveBatch()
    {
        int count = 0;
        // Tries are counted, not datagrams: a flood of useless ones must not keep the tick waiting.
        for (int tries = 0; tries < _batchSize; tries++)
        {
            int slot = _buffers.SlotAt(_position);
            if (_receive.IsPending)
            {
                if (!_receive.TryFinish()) break;
            }
            else if (_receive.StartReceive(_socket, slot * _buffers.Stride, _buffers.Stride))
            {
                break;
            }
            if (!TakeReceived(slot)) continue;
            _position++;
            count++;
        }
        _received += count;
        return count;
    }

    private bool TakeReceived(int slot)
    {
        switch (_receive.Error)
        {
            case SocketError.Success:
                _errorsInRow = 0;
                var source = _receive.EndPoint.Read(out uint scopeId);
                if (_buffers.Accept(slot, _receive.Bytes, source, scopeId)) return true;
                _truncated++;
                return false;
            case SocketError.MessageSize:
                _errorsInRow = 0;
                _truncated++;
                return false;
            default:
                // Mostly the ICMP error of something that was sent: it says nothing about what comes next.
                _receiveErrors++;
                if (++_errorsInRow >= MaxErrorsInRow) throw new SocketException((int)_receive.Error);
                return false;
        }
    }

    private bool Flush()
    {
        while (_sentOfOutput < _buffers.OutgoingCount)
        {
            ref readonly var datagram = ref _buffers.OutgoingAt(_sentOfOutput);
            if (_send.IsPending)
            {
                if (!_send.TryFinish()) return false;
            }
            else
            {
                _send.EndPoint.Write(datagram.To, datagram.ScopeId);
                if (_send.StartSend(_socket, _sentOfOutput * _buffers.Stride, datagram.Length)) return false;
            }
            _sentOfOutput++;
            if (_send.Error == SocketError.Success) _sent++;
            else _sendErrors++;
        }
        _sentOfOutput = 0;
        _buffers.ClearOutgoing();
        return true;
    }

    private void Close()
    {
        _closed = true;
        _commands.Close();
        _ticker?.Dispose();
        _socket.Dispose();
    }

    /// <summary>The loop has ended when the kernel has let go of the buffers.</summary>
    private void EndWhenQuiet()
    {
        if (!_receive.IsQuiet || !_send.IsQuiet) return;
        _receive.Dispose();
        _send.Dispose();
        if (_death is null) _completion.TrySetResult();
        else _completion.TrySetException(_death);
    }
}
