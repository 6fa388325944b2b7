using FastRelay.Engine.Streams.Epoll;

namespace FastRelay.Engine.Streams;

/// <summary>What those can ask of a loop of streams who run on it (<see cref="StreamContinuations.Loop"/>).</summary>
public static class StreamLoops
{
    /// <summary>
    /// Has work done on the present thread once whatever is ready on its loop by then has had its turn: one piece, then the loop looks again. For
    /// long computations, so that those who come meanwhile are known before it is decided whose is next.
    /// </summary>
    /// <param name="work">Called once, and not before this returns.</param>
    /// <returns>False when the caller doesn't run on a loop: then nothing will be done.</returns>
    public static bool TryDefer(IThreadPoolWorkItem work)
    {
        ArgumentNullException.ThrowIfNull(work);
        if (StreamLoop.Current is not { } loop) return false;
        loop.Defer(work);
        return true;
    }
}
