namespace FastRelay.Engine.Tests.Tables;

/// <summary>Readers on threads of their own that look again and again while the writer works.</summary>
internal static class Race
{
    /// <summary>Runs until the writer is done; what a reader throws fails the test.</summary>
    /// <param name="readers">Threads beside the writer's.</param>
    /// <param name="read">One look, by the reader's own random numbers.</param>
    /// <param name="write">All of the writer's work; it may ask whether the readers have seen enough, and work on if not.</param>
    public static async Task Run(int readers, Action<Random> read, Action<Func<long>> write)
    {
        int over = 0;
        long looks = 0;
        var reading = Enumerable.Range(0, readers).Select(worker => Task.Factory.StartNew(
            () =>
            {
                var random = new Random(worker);
                while (Volatile.Read(ref over) == 0)
                {
                    for (int i = 0; i < 100; i++) read(random);
                    Interlocked.Add(ref looks, 100);
                }
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        try
        {
            // A reader that fell over looks no more: the writer needn't wait for it.
            write(() => reading.Any(r => r.IsFaulted) ? long.MaxValue : Interlocked.Read(ref looks));
        }
        finally
        {
            Volatile.Write(ref over, 1);
            await Within.Time(Task.WhenAll(reading));
        }
    }
}
