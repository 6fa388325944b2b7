namespace FastRelay.Server.Tests.Support;

/// <summary>Bounded waits: a test that would hang fails instead.</summary>
internal static class Within
{
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(10);

    public static Task<T> Bounded<T>(this Task<T> task) => task.WaitAsync(Bound);

    public static Task Bounded(this Task task) => task.WaitAsync(Bound);

    /// <summary>Waits until the condition holds, looking every few milliseconds.</summary>
    public static async Task Until(Func<bool> condition, string what)
    {
        using var bound = new CancellationTokenSource(Bound);
        while (!condition())
        {
            if (bound.IsCancellationRequested) throw new TimeoutException("It never came true: " + what);
            await Task.Delay(2, CancellationToken.None);
        }
    }
}
