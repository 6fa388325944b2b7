using FastRelay.Engine.Timing;

namespace FastRelay.Engine.Tests.Timing;

public sealed class TimingWheelTests
{
    [Theory]
    [InlineData(1, 1, 100)]
    [InlineData(2, 1, 5_000)]
    [InlineData(3, 7, 100_000)]
    [InlineData(4, 100, 10_000_000)]
    [InlineData(5, 1, 10_000_000_000_000)]
    public void It_does_what_a_dictionary_of_deadlines_does(int seed, int tickMs, long farthest)
    {
        var random = new Random(seed);
        var plain = new Dictionary<uint, long>();
        long now = random.NextInt64(1_000_000);
        var wheel = new TimingWheel(now, tickMs);
        uint[] room = new uint[7];
        for (int step = 0; step < 20_000; step++)
        {
            uint slot = (uint)random.Next(500);
            switch (random.Next(8))
            {
                case < 5:
                    // Mostly ahead, by every order of magnitude; sometimes in the past.
                    long due = now - 20 + (long)(farthest * Math.Pow(random.NextDouble(), 6));
                    wheel.Set(slot, due);
                    plain[slot] = due;
                    break;
                case 5:
                    wheel.Clear(slot).ShouldBe(plain.Remove(slot));
                    break;
                default:
                    now += (long)(farthest / 10.0 * Math.Pow(random.NextDouble(), 8));
                    AdvanceAll(wheel, room, now, plain, tickMs);
                    break;
            }
            wheel.Count.ShouldBe(plain.Count);
        }
        AdvanceAll(wheel, room, now + (farthest * 2), plain, tickMs);
        wheel.Count.ShouldBe(0);
        wheel.NextDueMs.ShouldBeNull();
    }

    [Fact]
    public void A_deadline_expires_neither_early_nor_more_than_a_tick_late()
    {
        uint[] room = new uint[1];
        for (long due = 0; due < 5000; due += 37)
        {
            var wheel = new TimingWheel(0, tickMs: 10);
            wheel.Set(3, due);
            long at = 0;
            while (wheel.Advance(at, room) == 0) at++;
            at.ShouldBeInRange(due, due + 9);
        }
    }

    [Fact]
    public void Empty_time_is_skipped_whatever_its_length()
    {
        var wheel = new TimingWheel(0);
        uint[] room = new uint[4];
        wheel.Set(1, 300L * 24 * 3600 * 1000);
        int moves = 0;
        while (wheel.NextDueMs is { } next)
        {
            wheel.Advance(next, room);
            (++moves).ShouldBeLessThan(10);
        }
        room[0].ShouldBe(1u);
    }

    [Fact]
    public void Deadlines_beyond_the_horizon_wait_their_time()
    {
        const long Century = 100L * 365 * 24 * 3600 * 1000;
        foreach (long start in new[] { 0L, 12_345_678_901, (1L << 36) - 1, (1L << 36) + 1 })
        {
            var wheel = new TimingWheel(start);
            uint[] room = new uint[4];
            wheel.Set(9, start + Century);
            wheel.Advance(start + Century - 1, room).ShouldBe(0);
            wheel.Advance(start + Century, room).ShouldBe(1);
            room[0].ShouldBe(9u);
        }
    }

    [Fact]
    public void Time_that_goes_back_changes_nothing()
    {
        var wheel = new TimingWheel(1000);
        uint[] room = new uint[4];
        wheel.Set(1, 2000);
        wheel.Advance(1500, room).ShouldBe(0);
        wheel.Advance(10, room).ShouldBe(0);
        wheel.Advance(2000, room).ShouldBe(1);
    }

    [Fact]
    public void Moving_a_deadline_allocates_nothing()
    {
        var wheel = new TimingWheel(0);
        uint[] room = new uint[64];
        for (uint slot = 0; slot < 1000; slot++) wheel.Set(slot, slot);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (long now = 0; now < 50_000; now++)
        {
            wheel.Set((uint)(now % 1000), now + (now % 3000));
            wheel.Advance(now, room);
        }
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    private static void AdvanceAll(TimingWheel wheel, uint[] room, long now, Dictionary<uint, long> plain, int tickMs)
    {
        long tick = now / tickMs * tickMs;
        var expected = plain.Where(p => p.Value <= tick).Select(static p => p.Key).Order().ToArray();
        if (expected.Length > 0) (wheel.NextDueMs ?? long.MaxValue).ShouldBeLessThanOrEqualTo(tick);
        var got = new List<uint>();
        int n;
        do
        {
            n = wheel.Advance(now, room);
            got.AddRange(room.AsSpan(0, n));
        }
        while (n == room.Length);
        got.Order().ShouldBe(expected);
        foreach (uint slot in got) plain.Remove(slot);
    }
}
