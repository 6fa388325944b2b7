using FastRelay.Engine.Timing;
using FastRelay.Tests.Support;

namespace FastRelay.Engine.Tests.Timing;

public sealed class ShardClockTests
{
    [Fact]
    public void It_follows_the_monotonic_clock_and_not_the_wall()
    {
        var time = new ManualTimeProvider();
        var clock = new ShardClock(time);
        long start = clock.NowMs;
        time.JumpWallClock(TimeSpan.FromDays(-1000));
        clock.NowMs.ShouldBe(start);
        time.Advance(TimeSpan.FromDays(50));
        (clock.NowMs - start).ShouldBe(50L * 24 * 3600 * 1000);
    }

    [Fact]
    public void Nanosecond_ticks_of_ten_years_do_not_overflow()
    {
        const long TenYearsMs = 10L * 365 * 24 * 3600 * 1000;
        new ShardClock(new FixedNanoseconds((TenYearsMs * 1_000_000) + 999_999)).NowMs.ShouldBe(TenYearsMs);
    }

    private sealed class FixedNanoseconds(long ticks) : TimeProvider
    {
        public override long TimestampFrequency => 1_000_000_000;

        public override long GetTimestamp() => ticks;
    }
}
