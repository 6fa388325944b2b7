namespace FastRelay.Server.Limits;

/// <summary>
/// Whose turn it is to have curve operations done: so many at once, so that heartbeats and requests keep their share of the processors;
/// the rest wait by standing, first come first served within each. Thread-safe.
/// </summary>
internal sealed class HandshakeQueue
{
    /// <summary>Every so many turns the lowest standing that waits is served, so that none waits for ever.</summary>
    public const int TurnsOfTheLowest = 8;

    private static readonly int Standings = Enum.GetValues<HandshakeStanding>().Length;

    private readonly Lock _gate = new();
    private readonly Queue<TaskCompletionSource>[] _waiting = [.. Enumerable.Range(0, Standings).Select(_ => new Queue<TaskCompletionSource>())];
    private readonly int _mostWaiting;
    private int _free;
    private int _count;
    private int _turns;

    /// <summary>Makes one in which nobody waits.</summary>
    /// <param name="atOnce">Turns at once, at least 1.</param>
    /// <param name="mostWaiting">Most that wait, at least 4. Strangers may fill half of it, who holds the chain three quarters, known devices all.</param>
    public HandshakeQueue(int atOnce, int mostWaiting)
    {
        _free = atOnce;
        _mostWaiting = mostWaiting;
    }

    /// <summary>Handshakes that wait for their turn.</summary>
    public int Waiting => Volatile.Read(ref _count);

    /// <summary>Whether a handshake of this standing would be turned away now.</summary>
    public bool IsFullFor(HandshakeStanding standing) => Waiting >= PlacesFor(standing);

    /// <summary>Waits for a turn.</summary>
    /// <returns>True with a turn, which the caller gives back by <see cref="Leave"/>; false when too many wait.</returns>
    public ValueTask<bool> EnterAsync(HandshakeStanding standing)
    {
        lock (_gate)
        {
            if (_free > 0)
            {
                _free--;
                return new ValueTask<bool>(true);
            }
            if (_count >= PlacesFor(standing)) return new ValueTask<bool>(false);
            var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting[(int)standing].Enqueue(turn);
            _count++;
            return new ValueTask<bool>(GrantedAsync(turn.Task));
        }
    }

    /// <summary>Gives a turn back: to the next who waits.</summary>
    public void Leave()
    {
        TaskCompletionSource next;
        lock (_gate)
        {
            if (_count == 0)
            {
                _free++;
                return;
            }
            _count--;
            next = Next().Dequeue();
        }
        next.SetResult();
    }

    private static async Task<bool> GrantedAsync(Task turn)
    {
        await turn;
        return true;
    }

    private Queue<TaskCompletionSource> Next()
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
