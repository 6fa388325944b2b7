using System.IO.Pipelines;

namespace FastRelay.Engine.Streams.Saea;

/// <summary>
/// Where a connection's reader goes on: on the thread of the pump that has just received for it, which has nothing else to do, and on the
/// pool when anything else wakes it. That saves a hop for each message, and never runs a user's work under someone else's lock.
/// </summary>
internal sealed class PumpScheduler : PipeScheduler
{
    [ThreadStatic]
    private static bool t_pumping;

    private PumpScheduler()
    {
    }

    /// <summary>The one instance; it has no state but each thread's.</summary>
    public static PumpScheduler Instance { get; } = new();

    /// <summary>Flushes what a pump has received; the reader may run before this returns.</summary>
    public static ValueTask<FlushResult> FlushAsync(PipeWriter writer)
    {
        t_pumping = true;
        try
        {
            return writer.FlushAsync();
        }
        finally
        {
            t_pumping = false;
        }
    }

    /// <inheritdoc/>
    public override void Schedule(Action<object?> action, object? state)
    {
        if (!t_pumping)
        {
            ThreadPool.Schedule(action, state);
            return;
        }
        // Whom that reader wakes in turn isn't this pump's.
        t_pumping = false;
        action(state);
    }
}
