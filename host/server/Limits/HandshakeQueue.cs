using FastRelay.Engine.Streams;

namespace FastRelay.Server.Limits;

/// <summary>
/// Whose turn it is to have curve operations done: so many at once, so that heartbeats and requests keep their share of the processors;
/// the rest wait by standing, first come first served within each. Thread-safe.
/// </summary>
/// <remarks>
/// On a loop's thread nobody has a turn at once, not even where one is free: the loop computes as well, so whoever comes while it does stands in
/// the kernel's order until it looks again, and standing would mean nothing. A turn is granted when all who are there have been heard, one at a
/// time, and the loop looks who has come before it grants the next.
/// </remarks>
internal sealed class HandshakeQueue : IThreadPoolWorkItem
{
    /// <summary>Every so many turns the lowest standing that waits is served, so that none waits for ever.</summary>
    public const int TurnsOfTheLowest = 8;

    private static readonly int Standings = Enum.GetValues<HandshakeStanding>().Length;

    private readonly Lock _gate = new();
    // Whoever is granted a turn goes on at once, on the thread that grants it.
    private readonly Queue<TaskCompletionSource<bool>>[] _waiting = [.. Enumerable.Range(0, Standings).Select(_ => new Queue<TaskCompletionSource<bool>>())];
    private readonly Func<IThreadPoolWorkItem, bool> _tryDefer;
    private readonly int _mostWaiting;
    private int _free;
    private int _count;
    private int _turns;
    // Grants that are on their way: for each there is a free turn and one who waits.
    private int _granting;

    /// <summary>Makes one in which nobody waits.</summary>
    /// <param name="atOnce">Turns at once, at least 1.</param>
    /// <param name="mostWaiting">Most that wait, at least 4. Strangers may fill half of it, who holds the chain three quarters, known devices all.</param>
    public HandshakeQueue(int atOnce, int mostWaiting)
        : this(atOnce, mostWaiting, StreamLoops.TryDefer)
    {
    }

    /// <summary>With a loop of the caller's.</summary>
    internal HandshakeQueue(int atOnce, int mostWaiting, Func<IThreadPoolWorkItem, bool> tryDefer)
    {
        _free = atOnce;
        _mostWaiting = mostWaiting;
        _tryDefer = tryDefer;
    }

    /// <summary>Handshakes that wait for their turn.</summary>
    public int Waiting => Volatile.Read(ref _count);

    /// <summary>Whether a handshake of this standing would be turned away now.</summary>
    public bool IsFullFor(HandshakeStanding standing) => Waiting >= PlacesFor(standing);

    /// <summary>Waits for a turn.</summary>
    /// <returns>True with a turn, which the caller gives back by <see cref="Leave"/>; false when too many wait.</returns>
    public ValueTask<bool> EnterAsync(HandshakeStanding standing)
    {
        Task<bool> turn;
        lock (_gate)
        {
            if (_count >= PlacesFor(standing)) return new ValueTask<bool>(false);
            var waiter = new TaskCompletionSource<bool>();
            turn = waiter.Task;
            _waiting[(int)standing].Enqueue(waiter);
            _count++;
            if (!MayGrant()) return new ValueTask<bool>(turn);
            _granting++;
        }
        // Elsewhere than on a loop there is nobody to hear first.
        if (!_tryDefer(this)) Grant();
        return new ValueTask<bool>(turn);
    }

    /// <summary>Gives a turn back: to the next who waits.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            _free++;
            if (!MayGrant()) return;
            _granting++;
        }
        // Not here: whoever leaves has something to send first.
        if (!_tryDefer(this)) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <inheritdoc/>
    void IThreadPoolWorkItem.Execute() => Grant();

    private bool MayGrant() => Math.Min(_free, _count) > _granting;

    private void Grant()
    {
        TaskCompletionSource<bool> next;
        lock (_gate)
        {
            _granting--;
            _free--;
            _count--;
            next = Next().Dequeue();
        }
        next.SetResult(true);
    }

    private Queue<TaskCompletionSource<bool>> Next()
    {
        bool lowest = ++_turns % TurnsOfTheLowest == 0;
        return lowest ? _waiting.First(queue => queue.Count > 0) : _waiting.Last(queue => queue.Count > 0);
    }

    /// <summary>Those who have begun are bounded by the half-open connections.</summary>
    private int PlacesFor(HandshakeStanding standing) => standing switch
    {
        HandshakeStanding.New => _mostWaiting / 2,
        HandshakeStanding.Cached => _mostWaiting / 4 * 3,
        HandshakeStanding.Known => _mostWaiting,
        _ => int.MaxValue,
    };
}
