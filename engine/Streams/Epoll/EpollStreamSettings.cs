using System.Buffers;
using FastRelay.Engine.Buffers;

namespace FastRelay.Engine.Streams.Epoll;

/// <summary>What the connections of one listener share.</summary>
internal sealed class EpollStreamSettings(StreamOptions options)
{
    /// <summary>Where blocks come from.</summary>
    public MemoryPool<byte> Pool { get; } = options.Pool ?? BufferArena.Shared.ForRole("stream");

    /// <summary>Most bytes of one receive.</summary>
    public int MaxUnreadBytes { get; } = options.MaxUnreadBytes;

    /// <summary>How long disposal waits.</summary>
    public TimeSpan CloseTimeout { get; } = options.CloseTimeout;

    /// <summary>Of the options' clock.</summary>
    public StreamDeadlines Deadlines { get; } = StreamDeadlines.Of(options.TimeProvider);

    /// <summary>Whether users go on on the loop's thread.</summary>
    public bool RunsOnLoop { get; } = options.Continuations == StreamContinuations.Loop;
}
