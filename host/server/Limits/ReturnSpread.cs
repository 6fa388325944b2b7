using FastRelay.Engine.Timing;

namespace FastRelay.Server.Limits;

/// <summary>
/// What is told as retry_after (SPEC 4.11, 6.3, 7.5), so that a crowd that is turned away comes back no faster than it can be served. Who is
/// told T waits a random part of T (SPEC 10.3): N told at once come back at N/T a second. So T grows with those who were told and haven't
/// had the time to be served since. Thread-safe.
/// </summary>
internal sealed class ReturnSpread
{
    /// <summary>
    /// Between the time the crowd needs and what is told: the early part of the crowd is told less than the late part, and both come back from
    /// the same moment on.
    /// </summary>
    public const int Slack = 2;

    private readonly Lock _gate = new();
    private readonly ShardClock _clock;
    private readonly int _perSecond;
    private readonly int _least;
    private readonly int _most;
    private double _waiting;
    private long _lookedMs;

    /// <summary>Makes one for which nobody waits.</summary>
    /// <param name="perSecond">How many can be served a second, at least 1.</param>
    /// <param name="least">The least that is told, in seconds.</param>
    /// <param name="most">The most: what clients take as the longest (300 s; 60 s for a RESET).</param>
    /// <param name="time">The server's clock; only its monotonic part is read.</param>
    public ReturnSpread(int perSecond, int least, int most, TimeProvider time)
    {
        _perSecond = perSecond;
        _least = least;
        _most = most;
        _clock = new ShardClock(time);
        _lookedMs = _clock.NowMs;
    }

    /// <summary>The retry_after, in seconds, for one more who is turned away.</summary>
    public ushort Next()
    {
        lock (_gate)
        {
            long now = _clock.NowMs;
            _waiting = Math.Max(0, _waiting - ((now - _lookedMs) * (double)_perSecond / 1000)) + 1;
            _lookedMs = now;
            return (ushort)Math.Min(_most, Math.Max(_least, Math.Ceiling(_waiting * Slack / _perSecond)));
        }
    }
}
