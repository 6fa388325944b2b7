namespace FastRelay.Equipment.Devices;

/// <summary>
/// Runs work on the thread pool, so much at once and no more: what a peer can send faster than it is done mustn't queue up in memory.
/// Thread-safe.
/// </summary>
internal sealed class BoundedWork(int most)
{
    private int _running;

    /// <summary>Starts the work, which must not throw. False when as much as may be is under way: it isn't done.</summary>
    public bool TryRun(Action work)
    {
        if (Interlocked.Increment(ref _running) > most)
        {
            Interlocked.Decrement(ref _running);
            return false;
        }
        _ = Task.Run(() =>
        {
            try
            {
                work();
            }
            finally
            {
                Interlocked.Decrement(ref _running);
            }
        });
        return true;
    }
}
