namespace FastRelay.Engine.Streams.Epoll;

/// <summary>What is known of one half of a connection (<see cref="ReadinessGate"/>).</summary>
[Flags]
internal enum Signals
{
    None = 0,
    /// <summary>A system call may do something: an event said so, or the last call didn't exhaust it.</summary>
    Ready = 1,
    /// <summary>The user waits.</summary>
    Waiting = 2,
    /// <summary>The user's next or present wait is to end at once.</summary>
    Cancelled = 4,
    /// <summary>The peer sends no more, or the connection failed: a short receive doesn't mean that an event will follow.</summary>
    Ending = 8,
    /// <summary>A flush is under way.</summary>
    Flushing = 16,
    /// <summary>The user writes no more.</summary>
    Completed = 32,
}
