namespace FastRelay.Server.Logging;

/// <summary>
/// Lets through a few events a second, and counts the rest: what a peer can cause must not fill a disk.
/// One gate for each event. Thread-safe.
/// </summary>
public sealed class LogGate
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly int _perSecond;
    private long _windowStart;
    private int _inWindow;
    private long _withheld;

    /// <summary>With a number of events that each second may have.</summary>
    public LogGate(TimeProvider time, int perSecond = 1)
    {
        ArgumentNullException.ThrowIfNull(time);
        ArgumentOutOfRangeException.ThrowIfLessThan(perSecond, 1);
        _time = time;
        _perSecond = perSecond;
        _windowStart = time.GetTimestamp();
    }

    /// <summary>Whether this event may be written.</summary>
    /// <param name="withheld">How many weren't, since the last that was.</param>
    public bool TryEnter(out long withheld)
    {
        lock (_gate)
        {
            long now = _time.GetTimestamp();
            if (_time.GetElapsedTime(_windowStart, now) >= TimeSpan.FromSeconds(1))
            {
                _windowStart = now;
                _inWindow = 0;
            }
            if (_inWindow >= _perSecond)
            {
                _withheld++;
                withheld = 0;
                return false;
            }
            _inWindow++;
            withheld = _withheld;
            _withheld = 0;
            return true;
        }
    }
}
