using System.Net;
using System.Net.Sockets;
using FastRelay.Engine.Interop.Linux;
using FastRelay.Engine.Timing;
using Microsoft.Extensions.Logging;

namespace FastRelay.Engine.Datagrams.Epoll;

/// <summary>
/// The Linux backend: a thread and a socket a shard. The thread receives a batch (recvmmsg), hands it to the handler, sends
/// the answers (sendmmsg), and goes to sleep (epoll) only when a batch wasn't full. Only this thread touches the handler and
/// the buffers.
/// </summary>
/// <remarks>
/// Waking: a poster queues, then looks whether the loop sleeps, then sets the wake-up descriptor. The loop declares that it
/// sleeps, then looks whether something is queued, then waits. A full barrier between the two steps on both sides makes one
/// of them see the other, so nothing waits for the next datagram, and a busy loop costs a poster no system call.
/// Ticks: by the system's clock the loop keeps them itself, as the time-out of its sleep; a timer would wake two threads of the pool
/// for each. Another clock, as tests have, says by a timer of its own when a tick is due.
/// </remarks>
internal sealed class EpollDatagramLoop<THandler> : DatagramLoop<THandler>
    where THandler : struct, IDatagramHandler
{
    // A socket that only fails is dead. Far above what a burst of ICMP errors brings.
    private const int MaxErrorsInRow = 10_000;

    private readonly Socket _socket;
    private readonly int _descriptor;
    private readonly DatagramBuffers _buffers;
    private readonly MessageReceiver _receiver;
    private readonly MessageSender _sender;
    private readonly EpollSet _epoll;
    private readonly WakeEvent _wake;
    private readonly ShardClock _clock;
    private readonly DatagramLoopOptions _options;
    private readonly CommandQueue<THandler> _commands;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly bool _tellsDrops;
    private readonly bool _keepsTicks;
    private readonly long _tickMs;
    private THandler _handler;
    private EpollMessageSystem _system;
    private ITimer? _ticker;
    private int _started;
    private volatile bool _tickDue;
    private volatile bool _stopping;
    private volatile bool _sleeping;

    // Written by the loop's thread only.
    private int _errorsInRow;
    private long _nextTickMs;
    private uint _lastDrops;
    private long _received, _truncated, _receiveErrors, _kernelDropped;

    public EpollDatagramLoop(THandler handler, DatagramLoopOptions options, ILogger logger)
    {
        _handler = handler;
        _options = options;
        _clock = new ShardClock(options.TimeProvider);
        _keepsTicks = options.TimeProvider == TimeProvider.System;
        _tickMs = (long)options.TickInterval.TotalMilliseconds;
        _commands = new CommandQueue<THandler>(options.MaxWaitingCommands);
        _socket = DatagramSocket.Bind(options, logger);
        _socket.Blocking = false;
        LocalEndPoint = (IPEndPoint)_socket.LocalEndPoint!;
        // A socket that is bound to one address answers from it anyway.
        bool ofAllAddresses = LocalEndPoint.Address.Equals(IPAddress.Any) || LocalEndPoint.Address.Equals(IPAddress.IPv6Any);
        bool tellsAddress = ofAllAddresses && SocketOptionsLinux.TryAskForLocalAddress(_socket);
        if (ofAllAddresses && !tellsAddress) DatagramLog.NoLocalAddress(logger);
        _tellsDrops = SocketOptionsLinux.TryGetDrops(_socket, out _lastDrops);
        if (!_tellsDrops) DatagramLog.NoKernelDrops(logger);

        var family = options.BindEndPoint.AddressFamily;
        _buffers = new DatagramBuffers(options);
        _receiver = new MessageReceiver(_buffers, options.BatchSize, family, tellsAddress);
        _sender = new MessageSender(_buffers, _receiver, options.OutputCapacity, family);
        // The handle is released with the socket, which the loop's thread closes when it is done.
        _descriptor = (int)_socket.SafeHandle.DangerousGetHandle();
        _system = new EpollMessageSystem(_socket, _descriptor, () => _stopping);
        _epoll = new EpollSet();
        _wake = new WakeEvent();
        _epoll.Add(_descriptor);
        _epoll.Add(_wake.Descriptor);
    }

    public override IPEndPoint LocalEndPoint { get; }

    public override Task Completion => _completion.Task;

    public override DatagramCounters Counters => new(
        Volatile.Read(ref _received), _sender.Sent, _buffers.Overflowed, Volatile.Read(ref _truncated),
        _sender.Errors, Volatile.Read(ref _receiveErrors), _tellsDrops ? Volatile.Read(ref _kernelDropped) : null);

    public override void Start()
    {
        ObjectDisposedException.ThrowIf(_stopping, this);
        if (Interlocked.Exchange(ref _started, 1) != 0) throw new InvalidOperationException("The loop was started before.");
        if (!_keepsTicks)
        {
            _ticker = _options.TimeProvider.CreateTimer(
                static loop => ((EpollDatagramLoop<THandler>)loop!).OnTimer(), this, _options.TickInterval, _options.TickInterval);
        }
        StartThread();
    }

    public override bool Post(IDatagramCommand<THandler> command)
    {
        ArgumentNullException.ThrowIfNull(command);
        if (!_commands.TryAdd(command)) return false;
        WakeIfAsleep();
        return true;
    }

    public override async ValueTask DisposeAsync()
    {
        _stopping = true;
        // A loop that was never started still runs the commands that were posted to it: then it ends.
        if (Interlocked.Exchange(ref _started, 1) == 0) StartThread();
        _wake.Set();
        await _completion.Task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void StartThread() =>
        new Thread(static loop => ((EpollDatagramLoop<THandler>)loop!).Run()) { IsBackground = true, Name = $"udp {LocalEndPoint.Port}" }
            .UnsafeStart(this);

    private void OnTimer()
    {
        _tickDue = true;
        WakeIfAsleep();
    }

    private void WakeIfAsleep()
    {
        Interlocked.MemoryBarrier();
        if (_sleeping) _wake.Set();
    }

    private void Run()
    {
        Exception? death = null;
        try
        {
            Work();
        }
        catch (Exception e)
        {
            death = e;
        }
        _commands.Close();
        _ticker?.Dispose();
        _socket.Dispose();
        _epoll.Dispose();
        _wake.Dispose();
        if (death is null) _completion.TrySetResult();
        else _completion.TrySetException(death);
    }

    private void Work()
    {
        _nextTickMs = _keepsTicks ? _clock.NowMs + _tickMs : long.MaxValue;
        while (true)
        {
            RunCommands();
            Tick();
            if (_stopping && _commands.CloseIfEmpty()) return;
            if (ReceiveBatch() < _options.BatchSize) Sleep();
        }
    }

    private void RunCommands()
    {
        // Those that wait now: whoever posts meanwhile is seen before the loop sleeps.
        for (int waiting = _commands.Count; waiting > 0 && _commands.TryTake(out var command); waiting--)
        {
            var output = EmptyBatch();
            command.Execute(ref _handler, ref output);
            _sender.SendAll(ref _system);
        }
    }

    private void Tick()
    {
        if (!IsTickDue()) return;
        _tickDue = false;
        CountKernelDrops();
        var output = EmptyBatch();
        _handler.OnTick(ref output);
        _sender.SendAll(ref _system);
    }

    private bool IsTickDue()
    {
        if (!_keepsTicks) return _tickDue;
        long now = _clock.NowMs;
        if (now < _nextTickMs) return false;
        // Counted from this one: a loop that was held up has no heap of ticks to make up for.
        _nextTickMs = now + _tickMs;
        return true;
    }

    private DatagramBatch EmptyBatch() => new(_buffers, 0, 0, _clock.NowMs);

    /// <summary>Receives a batch and answers it.</summary>
    /// <returns>Datagrams that came, handed on or not.</returns>
    private int ReceiveBatch()
    {
        int count = _receiver.Receive(_descriptor);
        if (count < 0)
        {
            CountReceiveError(NativeResult.ErrorOf(count));
            return 0;
        }
        _errorsInRow = 0;
        if (count == 0) return 0;
        long now = _clock.NowMs;
        int first = 0;
        for (int slot = 0; slot < count; slot++)
        {
            if (_receiver.Take(slot)) continue;
            // One too long parts the batch: what stands before it goes first.
            Volatile.Write(ref _truncated, _truncated + 1);
            Deliver(first, slot - first, now);
            first = slot + 1;
        }
        Deliver(first, count - first, now);
        _sender.SendAll(ref _system);
        return count;
    }

    private void Deliver(int first, int count, long now)
    {
        if (count == 0) return;
        // So that each part has the room that a whole batch would have.
        if (first > 0) _sender.SendAll(ref _system);
        Volatile.Write(ref _received, _received + count);
        var batch = new DatagramBatch(_buffers, first, count, now);
        _handler.OnBatch(ref batch);
    }

    private void CountReceiveError(Errno error)
    {
        if (error == Errno.TryAgain) return;
        // Mostly the ICMP error of something that was sent: it says nothing about what comes next.
        Volatile.Write(ref _receiveErrors, _receiveErrors + 1);
        if (++_errorsInRow >= MaxErrorsInRow) NativeResult.OrThrow(-(int)error, "recvmmsg");
    }

    private void CountKernelDrops()
    {
        if (!_tellsDrops || !SocketOptionsLinux.TryGetDrops(_socket, out uint drops)) return;
        Volatile.Write(ref _kernelDropped, _kernelDropped + unchecked(drops - _lastDrops));
        _lastDrops = drops;
    }

    private int UntilTick() => (int)Math.Clamp(_nextTickMs - _clock.NowMs, 0, int.MaxValue);

    private void Sleep()
    {
        _sleeping = true;
        Interlocked.MemoryBarrier();
        if (_commands.Count == 0 && !_tickDue && !_stopping)
        {
            Span<int> ready = stackalloc int[2];
            int count = _epoll.Wait(_keepsTicks ? UntilTick() : -1, ready);
            if (ready[..count].Contains(_wake.Descriptor)) _wake.Clear();
        }
        _sleeping = false;
    }
}
