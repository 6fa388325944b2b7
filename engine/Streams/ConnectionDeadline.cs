namespace FastRelay.Engine.Streams;

/// <summary>
/// The deadline of one connection. Moving it is cheap when it moves later, as it mostly does: the timer is left to fire,
/// finds that it is early and arms itself for the rest.
/// </summary>
internal sealed class ConnectionDeadline(StreamConnection connection, TimeProvider timeProvider) : IDisposable
{
    private const long None = long.MaxValue;

    private readonly Lock _gate = new();
    private ITimer? _timer;
    private long _due = None;
    private long _armedFor = None;
    private bool _disposed;

    public void Set(TimeSpan after)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(after, TimeSpan.Zero);
        lock (_gate)
        {
            if (_disposed) return;
            long now = timeProvider.GetTimestamp();
            _due = now + Math.Max(1, (long)(after.TotalSeconds * timeProvider.TimestampFrequency));
            if (_due < _armedFor) Arm(now);
        }
    }

    public void Clear()
    {
        lock (_gate) _due = None;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _due = None;
            _timer?.Dispose();
        }
    }

    private void Arm(long now)
    {
        _armedFor = _due;
        // Rounded up to a millisecond: a timer that fires early would only be armed again.
        double milliseconds = Math.Ceiling((_due - now) * 1000.0 / timeProvider.TimestampFrequency);
        var wait = TimeSpan.FromMilliseconds(Math.Clamp(milliseconds, 1, uint.MaxValue - 1));
        _timer ??= timeProvider.CreateTimer(static s => ((ConnectionDeadline)s!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    private void OnTimer()
    {
        lock (_gate)
        {
            _armedFor = None;
            if (_due == None) return;
            long now = timeProvider.GetTimestamp();
            if (now < _due)
            {
                Arm(now);
                return;
            }
            _due = None;
        }
        connection.AbortFor(StreamEnd.DeadlinePassed);
    }
}
