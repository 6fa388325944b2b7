using System.Diagnostics;

namespace FastRelay.Load.Swarm;

/// <summary>
/// Devices that send as fast as they are answered: at most a window of them awaits a reply at any time, so the target always has work and
/// its queue never overflows. They take turns in a scattered order, as real ones would, so that neither side lives off its caches. It spins
/// on its core. Used by one thread; nothing is allocated after it was made.
/// </summary>
internal sealed class ClosedLoop<TTraffic>
    where TTraffic : struct, ITraffic
{
    // So many may wait for a lost one at their head to be given up.
    private const int MostAwaited = 1 << 18;
    private const int TurnsBetweenChecks = 256;

    /// <summary>Replies after which the runtime has compiled what it finds to be hot, on a machine of any speed.</summary>
    private const int WarmUpReplies = 200_000;

    private static readonly TimeSpan WarmUpStep = TimeSpan.FromSeconds(0.25);

    private readonly SwarmSockets _sockets;
    private readonly SwarmDevice[] _devices;
    private readonly SwarmOrder _order;
    private readonly (int Device, uint Awaited)[] _awaited = new (int, uint)[MostAwaited];
    private readonly int _window;
    private TTraffic _traffic;
    private uint _head;
    private uint _tail;
    private int _open;
    private uint _turns;
    private long _left;

    /// <summary>Makes a loop over some devices of a swarm.</summary>
    /// <param name="sockets">Theirs.</param>
    /// <param name="devices">All of the swarm.</param>
    /// <param name="order">Those that take part, and when.</param>
    /// <param name="traffic">What they say.</param>
    /// <param name="window">Devices that await a reply at once.</param>
    public ClosedLoop(SwarmSockets sockets, SwarmDevice[] devices, SwarmOrder order, TTraffic traffic, int window)
    {
        _sockets = sockets;
        _devices = devices;
        _order = order;
        _traffic = traffic;
        _window = window;
    }

    /// <summary>What it has counted.</summary>
    public SwarmCounts Counts { get; } = new();

    /// <summary>How long a reply may take.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Sends and receives until both sides are warm, and nothing is under way any more.</summary>
    /// <param name="most">The longest that it may take.</param>
    /// <param name="cancellation">Gives up.</param>
    public void WarmUp(TimeSpan most, CancellationToken cancellation)
    {
        long started = Stopwatch.GetTimestamp();
        while (Counts.Replied < WarmUpReplies && Stopwatch.GetElapsedTime(started) < most && !cancellation.IsCancellationRequested)
            Run(WarmUpStep, _ => { }, cancellation);
        Settle();
    }

    /// <summary>Sends and receives for a time.</summary>
    /// <returns>The time that it took.</returns>
    public TimeSpan Run(TimeSpan during, Action<double> progress, CancellationToken cancellation)
    {
        long started = Stopwatch.GetTimestamp();
        _left = long.MaxValue;
        TimeSpan elapsed;
        do
        {
            for (int i = 0; i < TurnsBetweenChecks; i++) Turn();
            elapsed = Stopwatch.GetElapsedTime(started);
            progress(Math.Min(1, elapsed / during));
        }
        while (elapsed < during && !cancellation.IsCancellationRequested);
        return elapsed;
    }

    /// <summary>Each device once, until all replies have come or are given up.</summary>
    public void RunOnce(Action<double> progress, CancellationToken cancellation)
    {
        _left = _order.Count;
        while ((_left > 0 || _open > 0) && !cancellation.IsCancellationRequested)
        {
            for (int i = 0; i < TurnsBetweenChecks && (_left > 0 || _open > 0); i++) Turn();
            progress(1.0 - ((double)(_left + _open) / _order.Count));
        }
    }

    /// <summary>Takes the replies that are still out, or gives them up.</summary>
    public void Settle()
    {
        _left = 0;
        while (_open > 0) Turn();
    }

    private void Turn()
    {
        for (int socket = 0; socket < _sockets.Count; socket++) Receive(socket);
        while (_left > 0 && _open < _window && _tail - _head < MostAwaited)
        {
            int device = _order.Current;
            // A small swarm, all around: its reply comes first.
            if (_devices[device].Awaited != 0) break;
            _order.Advance();
            _left--;
            Send(device);
            if (_devices[device].Awaited != 0) _open++;
        }
        _sockets.Send();
        if (++_turns % TurnsBetweenChecks == 0) GiveUpLate();
    }

    private void Receive(int socket)
    {
        int count = _sockets.Receive(socket);
        if (count == 0) return;
        long now = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
        {
            var datagram = _sockets.Received(socket, i, out int device);
            Take(device, datagram, now);
        }
    }

    private void Take(int index, ReadOnlySpan<byte> datagram, long now)
    {
        var taken = Taken.Strange;
        if (index < _devices.Length && _devices[index].Awaited != 0) taken = _traffic.Take(datagram, ref _devices[index], index);
        if (taken == Taken.Strange)
        {
            Counts.Strange++;
            return;
        }
        ref var device = ref _devices[index];
        Counts.ReplyTimes.Record(Stopwatch.GetElapsedTime(device.SentAt, now));
        Counts.Replied++;
        device.Awaited = 0;
        device.Tries = 0;
        if (taken == Taken.More) Send(index);
        if (device.Awaited == 0) _open--;
    }

    private void Send(int index)
    {
        ref var device = ref _devices[index];
        int length = _traffic.Write(_sockets.Next(index), ref device, index);
        _sockets.Commit(index, length);
        Counts.Sent++;
        if (device.Awaited == 0) return;
        Counts.Wanted++;
        device.SentAt = Stopwatch.GetTimestamp();
        _awaited[_tail++ % MostAwaited] = (index, device.Awaited);
    }

    private void GiveUpLate()
    {
        long now = Stopwatch.GetTimestamp();
        while (_head != _tail)
        {
            var (index, awaited) = _awaited[_head % MostAwaited];
            ref var device = ref _devices[index];
            if (device.Awaited == awaited)
            {
                if (Stopwatch.GetElapsedTime(device.SentAt, now) < Patience) return;
                Counts.Missing++;
                if (_traffic.GivesUp(ref device))
                {
                    device.Awaited = 0;
                    device.Tries = 0;
                    _open--;
                }
                else
                {
                    device.Tries++;
                    Send(index);
                }
            }
            _head++;
        }
    }
}
