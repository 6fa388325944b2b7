namespace FastRelay.Server.Connections;

/// <summary>
/// Whose turn it is to write on a connection: one at a time, first come first served. While nobody waits it is one reference and no object.
/// Thread-safe; a field of its owner, never copied.
/// </summary>
internal struct SendTurn
{
    private static readonly object Taken = new();

    // Null: nobody writes. Taken: one does. A queue: one does, and these wait or have waited.
    private object? _state;

    /// <summary>Takes the turn if it is free.</summary>
    public bool TryEnter() => Interlocked.CompareExchange(ref _state, Taken, null) is null;

    /// <summary>Waits for the turn, which the caller gives back by <see cref="Leave"/>.</summary>
    public Task EnterAsync()
    {
        while (true)
        {
            var state = Volatile.Read(ref _state);
            if (state is null)
            {
                if (TryEnter()) return Task.CompletedTask;
                continue;
            }
            if (state is not Queue<TaskCompletionSource> waiting)
            {
                Interlocked.CompareExchange(ref _state, new Queue<TaskCompletionSource>(), Taken);
                continue;
            }
            lock (waiting)
            {
                if (_state != waiting) continue;
                var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                waiting.Enqueue(turn);
                return turn.Task;
            }
        }
    }

    /// <summary>Gives the turn back: to the next who waits.</summary>
    public void Leave()
    {
        if (Interlocked.CompareExchange(ref _state, null, Taken) == Taken) return;
        var waiting = (Queue<TaskCompletionSource>)_state!;
        TaskCompletionSource? next;
        lock (waiting)
        {
            if (!waiting.TryDequeue(out next)) Volatile.Write(ref _state, null);
        }
        next?.SetResult();
    }
}
