using FastRelay.Load.Swarm;

namespace FastRelay.Load.Tests.Swarm;

public sealed class SwarmCalendarTests
{
    [Theory]
    [InlineData(60)]
    [InlineData(400)]
    public void Each_device_has_its_turn_never_early_and_a_tick_late_at_most(int longestSeconds)
    {
        const int count = 5_000;
        var longest = TimeSpan.FromSeconds(longestSeconds);
        var calendar = new SwarmCalendar(count, longest);
        long tick = 1 + ((long)longest.TotalMilliseconds / 65_534);
        var random = new Random(1);
        long[] due = [.. Enumerable.Range(0, count).Select(_ => random.NextInt64((long)longest.TotalMilliseconds))];
        for (int i = 0; i < count; i++) calendar.Add(i, due[i]);
        int taken = 0;
        for (long now = 0; now <= longest.TotalMilliseconds + (2 * tick); now += tick)
        {
            while (calendar.TryTake(now, out int device))
            {
                now.ShouldBeGreaterThan(due[device]);
                now.ShouldBeLessThanOrEqualTo(due[device] + (2 * tick));
                taken++;
            }
        }
        taken.ShouldBe(count);
    }

    [Fact]
    public void A_device_entered_for_now_while_others_are_taken_has_its_turn_with_the_next_tick()
    {
        var calendar = new SwarmCalendar(2, TimeSpan.FromSeconds(10));
        calendar.Add(0, 5);
        calendar.TryTake(5, out _).ShouldBeFalse();
        calendar.TryTake(6, out int first).ShouldBeTrue();
        calendar.Add(first, 0);
        calendar.TryTake(6, out _).ShouldBeFalse();
        calendar.TryTake(7, out int again).ShouldBeTrue();
        again.ShouldBe(first);
    }

    [Fact]
    public void A_long_pause_takes_everybody_that_was_due()
    {
        var calendar = new SwarmCalendar(100, TimeSpan.FromSeconds(60));
        for (int i = 0; i < 100; i++) calendar.Add(i, i * 500);
        var taken = new HashSet<int>();
        while (calendar.TryTake(1_000_000, out int device)) taken.Add(device).ShouldBeTrue();
        taken.Count.ShouldBe(100);
    }
}
