using System.Runtime.CompilerServices;
using FastRelay.Engine.Timing;

namespace FastRelay.Engine.Streams;

/// <summary>
/// The deadlines of all connections of one clock, in a timing wheel behind one timer. A connection without a deadline has nothing here. Setting
/// and clearing one takes a lock for an instant and touches the timer only when it becomes the next one due, which deadlines of one length
/// never do while an earlier one's time hasn't come. Thread-safe.
/// </summary>
public sealed class StreamDeadlines
{
    /// <summary>The place of whoever has no deadline.</summary>
    public const uint NoPlace = 0;

    private const long None = long.MaxValue;
    private const int Most = 64;

    // A generation of man; beyond it the ticks of a nanosecond's clock would overflow.
    private const double LongestSeconds = 1e9;

    private static readonly ConditionalWeakTable<TimeProvider, StreamDeadlines> OfClocks = [];

    private readonly Lock _gate = new();
    private readonly TimeProvider _clock;
    private readonly long _frequency;
    private readonly TimingWheel _wheel;
    private readonly Stack<uint> _free = new();
    private IStreamDeadline?[] _owners = new IStreamDeadline?[16];
    private uint _used = 1;
    private ITimer? _timer;
    private long _armedFor = None;

    private StreamDeadlines(TimeProvider clock)
    {
        _clock = clock;
        _frequency = clock.TimestampFrequency;
        _wheel = new TimingWheel(FloorMs(clock.GetTimestamp()));
    }

    /// <summary>The deadlines of a clock.</summary>
    public static StreamDeadlines Of(TimeProvider clock) => OfClocks.GetValue(clock, static c => new StreamDeadlines(c));

    /// <summary>Sets a deadline, or moves it.</summary>
    /// <param name="owner">Is told when it passes, once, on the clock's thread.</param>
    /// <param name="place">The owner's place; kept by it, changed here only.</param>
    /// <param name="after">From now; must be positive.</param>
    public void Set(IStreamDeadline owner, ref uint place, TimeSpan after)
    {
        ArgumentNullException.ThrowIfNull(owner);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(after, TimeSpan.Zero);
        lock (_gate)
        {
            long due = CeilMs(_clock.GetTimestamp() + (long)(Math.Min(after.TotalSeconds, LongestSeconds) * _frequency));
            if (!IsOf(owner, place)) place = Take(owner);
            _wheel.Set(place, due);
            if (due < _armedFor) Arm(due);
        }
    }

    /// <summary>Takes a deadline back, if it hasn't passed.</summary>
    public void Clear(IStreamDeadline owner, ref uint place)
    {
        lock (_gate)
        {
            if (IsOf(owner, place))
            {
                _wheel.Clear(place);
                GiveBack(place);
            }
            place = NoPlace;
        }
    }

    // A place that has passed may be another's by now.
    private bool IsOf(IStreamDeadline owner, uint place) => place != NoPlace && _owners[place] == owner;

    private uint Take(IStreamDeadline owner)
    {
        if (!_free.TryPop(out uint place))
        {
            place = _used++;
            if (place >= _owners.Length) Array.Resize(ref _owners, _owners.Length * 2);
        }
        _owners[place] = owner;
        return place;
    }

    private void GiveBack(uint place)
    {
        _owners[place] = null;
        _free.Push(place);
    }

    private void Arm(long due)
    {
        _armedFor = due;
        var wait = TimeSpan.FromMilliseconds(Math.Clamp(due - (_clock.GetTimestamp() * 1000.0 / _frequency), 1, uint.MaxValue - 1));
        // Rounded up to a millisecond: a timer that fires early would only be armed again.
        wait = TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds));
        _timer ??= NewTimer();
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    private ITimer NewTimer()
    {
        bool flows = !ExecutionContext.IsFlowSuppressed();
        if (flows) ExecutionContext.SuppressFlow();
        try
        {
            return _clock.CreateTimer(static s => ((StreamDeadlines)s!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
        finally
        {
            if (flows) ExecutionContext.RestoreFlow();
        }
    }

    private void OnTimer()
    {
        List<IStreamDeadline>? passed = null;
        lock (_gate)
        {
            _armedFor = None;
            Span<uint> places = stackalloc uint[Most];
            int count;
            do
            {
                count = _wheel.Advance(FloorMs(_clock.GetTimestamp()), places);
                foreach (uint place in places[..count])
                {
                    (passed ??= []).Add(_owners[place]!);
                    GiveBack(place);
                }
            }
            while (count == Most);
            if (_wheel.NextDueMs is { } next) Arm(next);
        }
        if (passed is null) return;
        foreach (var owner in passed) owner.OnDeadline();
    }

    private long FloorMs(long ticks) => (ticks / _frequency * 1000) + (ticks % _frequency * 1000 / _frequency);

    private long CeilMs(long ticks) => (ticks / _frequency * 1000) + (((ticks % _frequency * 1000) + _frequency - 1) / _frequency);
}
