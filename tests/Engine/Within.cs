namespace FastRelay.Engine.Tests;

/// <summary>Bounded waits: a test that waits for something that doesn't happen fails, it doesn't hang.</summary>
internal static class Within
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    public static Task<T> Time<T>(ValueTask<T> task) => task.AsTask().WaitAsync(Limit);

    public static Task Time(ValueTask task) => task.AsTask().WaitAsync(Limit);

    public static Task Time(Task task) => task.WaitAsync(Limit);

    public static Task<T> Time<T>(Task<T> task) => task.WaitAsync(Limit);

    /// <summary>Waits until the condition holds, looking every millisecond.</summary>
    public static async Task Until(Func<bool> condition, string what)
    {
        var end = DateTime.UtcNow + Limit;
        while (!condition())
        {
            if (DateTime.UtcNow > end) throw new TimeoutException($"Did not happen in time: {what}");
            await Task.Delay(1);
        }
    }
}
