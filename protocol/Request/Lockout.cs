namespace FastRelay.Protocol.Request;

/// <summary>
/// How many wrong passwords a device bears (SPEC 8.4): for each source five failures are free, after the n-th beyond them it is locked
/// for 2ⁿ s, at most 900 s; over all sources 30 failures a minute, then every source that has failed before is locked until the minute is
/// over. A source that never failed always gets its try: that is the owner's reserve. A source that hasn't failed for an hour is one that
/// never failed. Bounded memory. Used by one thread at a time.
/// </summary>
public sealed class Lockout
{
    /// <summary>Failures of a source that cost nothing.</summary>
    public const int FreeFailures = 5;

    /// <summary>Longest lock of a source, in milliseconds.</summary>
    public const long MaxLockMs = 900_000;

    /// <summary>How long after its last failure, and the lock that followed, a source is forgotten, in milliseconds.</summary>
    public const long ForgottenAfterMs = 3_600_000;

    /// <summary>Failures of all sources in a minute, after which all that failed before wait.</summary>
    public const int FailuresPerMinute = 30;

    /// <summary>Sources remembered: about 200 KiB.</summary>
    public const int DefaultCapacity = 4096;

    private const long MinuteMs = 60_000;

    private readonly Dictionary<AddressPrefix, Source> _sources;
    private readonly int _capacity;
    private long _minuteStart;
    private int _minuteFailures;

    /// <summary>Makes an empty one.</summary>
    /// <param name="capacity">Most sources remembered; when full, the one whose lock is over the soonest, or longest, is forgotten.</param>
    public Lockout(int capacity = DefaultCapacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _capacity = capacity;
        _sources = new Dictionary<AddressPrefix, Source>(Math.Min(capacity, 16));
    }

    /// <summary>Sources remembered now.</summary>
    public int Count => _sources.Count;

    /// <summary>Whether a source may not try now. While it is locked the password isn't compared.</summary>
    /// <param name="source">The prefix of CONNECT2's address (<see cref="AddressPrefix.OfNetwork"/>).</param>
    /// <param name="nowMs">A monotonic clock, milliseconds.</param>
    public bool IsLocked(AddressPrefix source, long nowMs) => LockedForMs(source, nowMs) > 0;

    /// <summary>How long a source must still wait, in milliseconds; 0 when it may try.</summary>
    public long LockedForMs(AddressPrefix source, long nowMs)
    {
        if (!_sources.TryGetValue(source, out var entry) || IsForgotten(entry, nowMs)) return 0;
        long own = Math.Max(0, entry.LockedUntil - nowMs);
        long all = _minuteFailures >= FailuresPerMinute ? Math.Max(0, _minuteStart + MinuteMs - nowMs) : 0;
        return Math.Max(own, all);
    }

    /// <summary>A wrong password came from a source.</summary>
    public void Failed(AddressPrefix source, long nowMs)
    {
        if (_minuteFailures == 0 || nowMs - _minuteStart >= MinuteMs)
        {
            _minuteStart = nowMs;
            _minuteFailures = 0;
        }
        _minuteFailures++;

        bool known = _sources.TryGetValue(source, out var entry);
        int failures = known && !IsForgotten(entry, nowMs) ? entry.Failures + 1 : 1;
        if (!known && _sources.Count >= _capacity) ForgetOne();
        long lockedUntil = nowMs + LockMsAfter(failures);
        _sources[source] = new Source(failures, lockedUntil);
    }

    /// <summary>The right password came from a source: it is as if it had never failed.</summary>
    public void Succeeded(AddressPrefix source) => _sources.Remove(source);

    private static bool IsForgotten(Source source, long nowMs) => nowMs - source.LockedUntil >= ForgottenAfterMs;

    private static long LockMsAfter(int failures)
    {
        int beyond = failures - FreeFailures;
        if (beyond <= 0) return 0;
        return beyond >= 10 ? MaxLockMs : Math.Min(MaxLockMs, 1000L << beyond);
    }

    // Full only after thousands of failures, which the limit a minute spreads over hours; a scan is cheap beside that.
    private void ForgetOne() => _sources.Remove(_sources.MinBy(static s => s.Value.LockedUntil).Key);

    /// <param name="Failures">So far.</param>
    /// <param name="LockedUntil">The end of its lock; while failures are free, the time of the last one.</param>
    private readonly record struct Source(int Failures, long LockedUntil);
}
