namespace FastRelay.Engine.Streams.Epoll;

/// <summary>
/// Who has the turn at one half of a connection, its reading or its writing: its user, or, once the user waits, the first who has a reason to
/// wake it (the loop, a cancellation, the connection's end). One word, changed by interlocked operations only; each is a full barrier, so what
/// one owner wrote the next one sees.
/// </summary>
/// <remarks>
/// <see cref="Signals.Ready"/> is what an edge-triggered event leaves behind: it is taken off before a system call and found again when another
/// event came meanwhile, so no edge is lost between a call that found nothing and the wait.
/// </remarks>
internal struct ReadinessGate
{
    private int _state;

    /// <summary>Leaves a signal.</summary>
    /// <returns>Whether the user waited: then it doesn't any more, and the caller has its turn.</returns>
    public bool Signal(Signals signals)
    {
        int before = Volatile.Read(ref _state);
        while (true)
        {
            int after = (before | (int)signals) & ~(int)Signals.Waiting;
            int found = Interlocked.CompareExchange(ref _state, after, before);
            if (found == before) return (before & (int)Signals.Waiting) != 0;
            before = found;
        }
    }

    /// <summary>Leaves a signal, without a look at who waits.</summary>
    /// <returns>Those that were there before.</returns>
    public Signals Add(Signals signals) => (Signals)Interlocked.Or(ref _state, (int)signals);

    /// <summary>Takes a signal off.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Take(Signals signal) => Has(signal) && (Interlocked.And(ref _state, ~(int)signal) & (int)signal) != 0;

    /// <summary>Takes signals off.</summary>
    /// <returns>Those that were there before.</returns>
    public Signals Remove(Signals signals) => (Signals)Interlocked.And(ref _state, ~(int)signals);

    /// <summary>Whether a signal is there.</summary>
    public readonly bool Has(Signals signal) => ((Signals)Volatile.Read(in _state) & signal) != Signals.None;

    /// <summary>Begins to wait; the turn is given up.</summary>
    /// <returns>False when there is a reason not to.</returns>
    public bool TryWait()
    {
        int before = Volatile.Read(ref _state);
        while ((before & (int)(Signals.Ready | Signals.Cancelled)) == 0)
        {
            int found = Interlocked.CompareExchange(ref _state, before | (int)Signals.Waiting, before);
            if (found == before) return true;
            before = found;
        }
        return false;
    }
}
