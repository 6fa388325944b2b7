using FastRelay.Tests.Support;

namespace FastRelay.Server.Tests.Support;

/// <summary>Moves a standing clock until something has happened.</summary>
internal static class ManualTime
{
    /// <summary>
    /// Advances in steps until the task completes; the time that took. The server has a few real milliseconds for each step, and much longer
    /// for those from <paramref name="expected"/> on, so that a loaded machine doesn't look like a late server.
    /// </summary>
    public static async Task<TimeSpan> AdvanceUntilAsync(this ManualTimeProvider time, Task task, TimeSpan step, TimeSpan? expected = null)
    {
        var total = TimeSpan.Zero;
        using var bound = new CancellationTokenSource(Within.Bound);
        while (!task.IsCompleted)
        {
            bound.IsCancellationRequested.ShouldBeFalse("it never happened");
            await Task.WhenAny(task, Task.Delay(total >= expected ? 500 : 10, CancellationToken.None));
            if (task.IsCompleted) break;
            time.Advance(step);
            total += step;
        }
        await task;
        return total;
    }
}
