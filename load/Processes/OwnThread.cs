namespace FastRelay.Load.Processes;

/// <summary>Runs what would keep a thread of the pool from its work.</summary>
internal static class OwnThread
{
    /// <summary>Runs work on a thread that is made for it.</summary>
    public static Task RunAsync(Action work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>The same for work that has a result.</summary>
    public static Task<T> RunAsync<T>(Func<T> work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
