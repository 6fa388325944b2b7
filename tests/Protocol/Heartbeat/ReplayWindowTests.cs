using System.Runtime.CompilerServices;
using FastRelay.Protocol.Heartbeat;
using FastRelay.Protocol.Wire;
using FsCheck.Fluent;

namespace FastRelay.Protocol.Tests.Heartbeat;

public sealed class ReplayWindowTests
{
    [Fact]
    public void It_takes_16_bytes() => Unsafe.SizeOf<ReplayWindow>().ShouldBe(16);

    [Fact]
    public void It_agrees_with_a_naive_set()
    {
        // Steps around the window's edges are likely, so that 63, 64 and 65 are tried again and again.
        FsCheck.Check.One(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(
            Gen.ArrayOf(Gen.Frequency((6, Gen.Choose(-70, 3)), (2, Gen.Choose(-66, 66)), (1, Gen.Choose(60, 200))), 300).ToArbitrary(),
            steps =>
            {
                var window = new ReplayWindow();
                var seen = new HashSet<long>();
                long highest = 0;
                foreach (int step in steps)
                {
                    long counter = Math.Max(0, highest + step);
                    bool fresh = counter >= 1 && counter > highest - 64 && !seen.Contains(counter);
                    if (window.IsFresh((ulong)counter) != fresh) return false;
                    if (window.TryAccept((ulong)counter) != fresh) return false;
                    if (!fresh) continue;
                    seen.Add(counter);
                    highest = Math.Max(highest, counter);
                    if (window.Highest != (ulong)highest) return false;
                }
                return true;
            }));
    }

    [Fact]
    public void Every_counter_is_taken_exactly_once_in_any_order_within_the_window()
    {
        var random = new Random(7);
        for (int round = 0; round < 50; round++)
        {
            var window = new ReplayWindow();
            ulong[] order = [.. Enumerable.Range(1, 64).Select(i => (ulong)i)];
            random.Shuffle(order);
            foreach (ulong counter in order) window.TryAccept(counter).ShouldBeTrue();
            foreach (ulong counter in order) window.TryAccept(counter).ShouldBeFalse();
        }
    }

    [Fact]
    public void The_highest_and_the_63_below_it_are_the_window()
    {
        var window = new ReplayWindow();
        window.TryAccept(1000).ShouldBeTrue();
        window.IsFresh(1000 - 63).ShouldBeTrue();
        window.IsFresh(1000 - 64).ShouldBeFalse();
        window.IsFresh(1000 - 65).ShouldBeFalse();
    }

    [Fact]
    public void Asking_changes_nothing()
    {
        var window = new ReplayWindow();
        window.TryAccept(5);
        ReplayWindow before = window;
        for (ulong counter = 0; counter < 200; counter++) window.IsFresh(counter);
        window.ShouldBe(before);
    }

    [Fact]
    public void Counters_end_at_2_to_the_60()
    {
        var window = new ReplayWindow();
        window.TryAccept(0).ShouldBeFalse();
        window.TryAccept(DatagramLimits.MaxCounter + 1).ShouldBeFalse();
        window.TryAccept(ulong.MaxValue).ShouldBeFalse();
        window.TryAccept(1).ShouldBeTrue();
        window.TryAccept(DatagramLimits.MaxCounter).ShouldBeTrue();
        window.TryAccept(DatagramLimits.MaxCounter - 63).ShouldBeTrue();
        window.TryAccept(DatagramLimits.MaxCounter - 64).ShouldBeFalse();
        window.TryAccept(DatagramLimits.MaxCounter).ShouldBeFalse();
    }

    [Fact]
    public void A_sender_counts_from_1_by_1_and_stops_at_2_to_the_60()
    {
        var counter = new SendCounter();
        for (ulong expected = 1; expected < 100; expected++)
        {
            counter.TryNext(out ulong next).ShouldBeTrue();
            next.ShouldBe(expected);
        }
        counter = new SendCounter(DatagramLimits.MaxCounter - 1);
        counter.TryNext(out ulong last).ShouldBeTrue();
        last.ShouldBe(1UL << 60);
        counter.TryNext(out _).ShouldBeFalse();
        counter.TryNext(out _).ShouldBeFalse();
        counter.Last.ShouldBe(1UL << 60);
    }
}
