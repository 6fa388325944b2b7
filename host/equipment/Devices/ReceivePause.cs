namespace FastRelay.Equipment.Devices;

/// <summary>
/// How long a socket that failed is let be before it is read again. An error now and then is an ICMP message about an earlier send and
/// costs nothing; one that comes at every read (no buffers, a filter, a broken stack) would take a whole core.
/// </summary>
/// <param name="time">The device's clock; only its monotonic part is read.</param>
internal sealed class ReceivePause(TimeProvider time)
{
    /// <summary>The longest pause: what comes meanwhile waits in the socket's buffer.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    /// <summary>A read that took so long before it failed wasn't one of a row.</summary>
    private static readonly TimeSpan Apart = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(10);

    private int _inARow;
    private long _started;

    /// <summary>A read begins.</summary>
    public void Begin() => _started = time.GetTimestamp();

    /// <summary>The read brought a datagram.</summary>
    public void Succeed() => _inARow = 0;

    /// <summary>The read failed: none for the first, then 10 ms, doubled with each that follows at once, at most <see cref="Longest"/>.</summary>
    public TimeSpan Fail()
    {
        if (time.GetElapsedTime(_started) >= Apart) _inARow = 0;
        int before = _inARow++;
        if (before == 0) return TimeSpan.Zero;
        var pause = First * Math.Pow(2, Math.Min(before - 1, 10));
        return pause < Longest ? pause : Longest;
    }
}
