using System.Runtime.CompilerServices;
using FastRelay.Protocol.Heartbeat;

namespace FastRelay.Protocol.Tests.Heartbeat;

public sealed class DeviceLivenessTests
{
    private const long Interval = 25_000;
    private const int Missed = 3;
    private const long Patience = 75_000;
    private const long Day = 86_400_000;

    /// <summary>Starts at which 32-bit clocks turn, and one that a 64-bit one doesn't notice.</summary>
    public static TheoryData<long> Starts =>
        [0, 1, int.MaxValue - 10L, uint.MaxValue - 10L, 25 * Day, 50 * Day, (long)(300 * 365.25 * Day)];

    [Fact]
    public void It_takes_8_bytes() => Unsafe.SizeOf<DeviceLiveness>().ShouldBe(8);

    [Theory]
    [MemberData(nameof(Starts))]
    public void A_device_is_online_until_three_intervals_have_passed_to_the_millisecond(long start)
    {
        DeviceLiveness liveness = DeviceLiveness.Unheard(Patience);
        liveness.IsOnline(start).ShouldBeFalse();
        liveness.OnHeartbeat(start, Interval, Missed);
        liveness.IsOnline(start).ShouldBeTrue();
        liveness.IsOnline(start + 3 * Interval - 1).ShouldBeTrue();
        liveness.IsOnline(start + 3 * Interval).ShouldBeFalse();
        liveness.DeadlineMs.ShouldBe(start + 3 * Interval);
        liveness.IsHeard.ShouldBeTrue();
    }

    [Theory]
    [MemberData(nameof(Starts))]
    public void A_device_that_went_stays_offline_25_and_50_days_and_300_years_later(long start)
    {
        DeviceLiveness liveness = DeviceLiveness.Unheard(Patience);
        liveness.OnHeartbeat(start, Interval, Missed);
        foreach (long later in (long[])[Day, 24 * Day, 25 * Day, 49 * Day, 50 * Day, 100 * Day, (long)(300 * 365.25 * Day)])
        {
            liveness.IsOnline(start + later).ShouldBeFalse();
        }
        liveness.OnHeartbeat(start + 50 * Day, Interval, Missed);
        liveness.IsOnline(start + 50 * Day + 1).ShouldBeTrue();
    }

    [Fact]
    public void A_device_that_beats_without_a_miss_is_online_at_every_step_over_60_days()
    {
        DeviceLiveness liveness = DeviceLiveness.Unheard(Patience);
        long now = 0;
        for (; now < 60 * Day; now += Interval)
        {
            if (now > 0) liveness.IsOnline(now).ShouldBeTrue();
            liveness.OnHeartbeat(now, Interval, Missed);
        }
    }

    [Fact]
    public void Goodbye_is_offline_at_once()
    {
        DeviceLiveness liveness = DeviceLiveness.Unheard(Patience);
        liveness.OnHeartbeat(5, Interval, Missed);
        liveness.OnGoodbye();
        liveness.IsOnline(5).ShouldBeFalse();
        liveness.IsHeard.ShouldBeTrue();
    }

    [Fact]
    public void A_slot_of_zeros_is_no_device_that_is_online()
    {
        default(DeviceLiveness).IsOnline(0).ShouldBeFalse();
        default(DeviceLiveness).IsHeard.ShouldBeFalse();
    }

    [Fact]
    public void A_device_that_was_never_heard_of_is_offline_and_its_first_heartbeat_has_a_deadline()
    {
        DeviceLiveness liveness = DeviceLiveness.Unheard(Patience);
        (liveness.IsHeard, liveness.IsOnline(0), liveness.DeadlineMs).ShouldBe((false, false, Patience));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0x5555)]
    [InlineData((1 << DeviceLiveness.MarkBits) - 1)]
    public void The_owners_marks_and_the_time_leave_each_other_alone(int marks)
    {
        DeviceLiveness liveness = DeviceLiveness.Unheard(Patience);
        liveness.Marks = marks;
        liveness.DeadlineMs.ShouldBe(Patience);
        liveness.OnHeartbeat((1L << 48) - 80_000, Interval, Missed);
        (liveness.Marks, liveness.IsHeard, liveness.DeadlineMs).ShouldBe((marks, true, (1L << 48) - 5_000));
        liveness.Marks = 0;
        (liveness.Marks, liveness.IsHeard, liveness.DeadlineMs).ShouldBe((0, true, (1L << 48) - 5_000));
        liveness.OnGoodbye();
        liveness.Marks.ShouldBe(0);
    }

    [Fact]
    public void A_time_that_48_bits_dont_hold_is_refused_and_not_cut() =>
        Should.Throw<ArgumentOutOfRangeException>(() =>
        {
            DeviceLiveness liveness = default;
            liveness.OnHeartbeat(1L << 48, Interval, Missed);
        });

    [Fact]
    public void An_interval_or_a_number_of_misses_below_1_is_a_bug_of_the_caller()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => Beat(0, 3));
        Should.Throw<ArgumentOutOfRangeException>(() => Beat(1, 0));
        static void Beat(long interval, int missed)
        {
            DeviceLiveness liveness = DeviceLiveness.Unheard(Patience);
            liveness.OnHeartbeat(0, interval, missed);
        }
    }
}
