using System.Buffers;
using FastRelay.Engine.Buffers;

namespace FastRelay.Engine.Streams;

/// <summary>What every stream connection is made with. Read when a connection is made; a value out of range is refused when it is set.</summary>
public class StreamOptions
{
    /// <summary>What carries the connection.</summary>
    public StreamBackend Backend { get; set; }

    /// <summary>Where whoever waits for the connection goes on. The portable backend doesn't look at it (<see cref="SocketCompletions"/>).</summary>
    public StreamContinuations Continuations { get; set; }

    /// <summary>Where buffers come from. Null: <see cref="BufferArena.Shared"/> under the role "stream".</summary>
    public MemoryPool<byte>? Pool { get; set; }

    /// <summary>The clock of deadlines and timeouts.</summary>
    public TimeProvider TimeProvider
    {
        get;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = TimeProvider.System;

    /// <summary>
    /// Received bytes that wait unread before the connection stops reading from the kernel. 64 KiB: four records of the largest size. The epoll
    /// backend reads only when it is asked to, and then at most so much at once.
    /// </summary>
    public int MaxUnreadBytes
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            field = value;
        }
    } = 64 * 1024;

    /// <summary>
    /// Written bytes that wait unsent before a flush waits. 64 KiB, as <see cref="MaxUnreadBytes"/>. The epoll backend's flush waits until the
    /// kernel has all.
    /// </summary>
    public int MaxUnsentBytes
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            field = value;
        }
    } = 64 * 1024;

    /// <summary>Whether small writes leave at once (TCP_NODELAY). On: messages are written whole.</summary>
    public bool NoDelay { get; set; } = true;

    /// <summary>How long disposal waits for a peer that doesn't take the last bytes before it resets the connection. 5 s.</summary>
    public TimeSpan CloseTimeout
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            field = value;
        }
    } = TimeSpan.FromSeconds(5);
}
