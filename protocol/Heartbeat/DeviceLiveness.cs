namespace FastRelay.Protocol.Heartbeat;

/// <summary>
/// Whether a device counts as online (SPEC 6.3, 10.1): from a heartbeat until <c>missed</c> intervals have passed without the next.
/// Time is a monotonic clock in 64-bit ms; nothing here wraps within the life of the machine. A plain value of 16 bytes, one writer.
/// </summary>
public struct DeviceLiveness
{
    private const long Never = long.MinValue;

    private long _lastSeenMs;
    private long _deadlineMs;

    /// <summary>A device that was never heard of.</summary>
    public static DeviceLiveness Unheard => new() { _lastSeenMs = Never, _deadlineMs = Never };

    /// <summary>When the last heartbeat came; null before the first.</summary>
    public readonly long? LastSeenMs => _lastSeenMs == Never ? null : _lastSeenMs;

    /// <summary>The first ms at which the device counts as offline if nothing more comes.</summary>
    public readonly long DeadlineMs => _deadlineMs;

    /// <summary>A valid heartbeat came.</summary>
    /// <param name="nowMs">The monotonic clock.</param>
    /// <param name="intervalMs">The interval at which the device sends, at least 1.</param>
    /// <param name="missed">Intervals without a heartbeat after which it is offline, at least 1.</param>
    public void OnHeartbeat(long nowMs, long intervalMs, int missed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(intervalMs);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(missed);
        _lastSeenMs = nowMs;
        _deadlineMs = checked(nowMs + intervalMs * missed);
    }

    /// <summary>The device said goodbye (SPEC 7.2), or its session ended: offline at once.</summary>
    public void OnGoodbye() => _deadlineMs = Never;

    /// <summary>Whether the device counts as online.</summary>
    public readonly bool IsOnline(long nowMs) => nowMs < _deadlineMs;
}
