namespace FastRelay.Engine.Streams;

/// <summary>Where whoever waits for a connection goes on when the peer has sent something, or has made room.</summary>
public enum StreamContinuations
{
    /// <summary>On the thread pool: for code of others, which may block.</summary>
    ThreadPool,
    /// <summary>
    /// On the thread that waits for the sockets, where there is one of our own (<see cref="StreamBackend.Epoll"/>): no thread has to be woken.
    /// For programs in which nothing blocks that is awaited from a connection. What the peer had no part in (a cancellation, an abort, a deadline)
    /// still goes on on the pool.
    /// </summary>
    Loop,
}
