namespace FastRelay.Engine.Timing;

/// <summary>
/// Monotonic milliseconds of 64 bits from a <see cref="TimeProvider"/>: never back, never round to zero, untouched by
/// changes of the wall clock. All clocks of one provider agree, whenever they were made.
/// </summary>
/// <param name="timeProvider">Whose ticks are read.</param>
public readonly struct ShardClock(TimeProvider timeProvider)
{
    private readonly long _frequency = timeProvider.TimestampFrequency;

    /// <summary>Milliseconds since the provider's own zero, which has no meaning across processes.</summary>
    public long NowMs
    {
        get
        {
            // Quotient and remainder apart: nanosecond ticks times 1000 would overflow after 106 days.
            long ticks = timeProvider.GetTimestamp();
            return (ticks / _frequency * 1000) + (ticks % _frequency * 1000 / _frequency);
        }
    }
}
