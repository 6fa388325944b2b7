using FastRelay.Load.Scenarios;

namespace FastRelay.Load.Tests;

public sealed class LoadTimelineTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void Copies_ramp_from_where_the_simulation_before_left_off()
    {
        var timeline = new LoadTimeline(
        [
            new LoadSimulation.RampingConstant(10, 10 * Second), new LoadSimulation.KeepConstant(10, 10 * Second), new LoadSimulation.RampingConstant(4, 6 * Second),
        ]);
        timeline.MostCopies.ShouldBe(10);
        timeline.End.ShouldBe(26 * Second);
        double[] at = [0, 2.5, 9.99, 15, 20, 22.5, 25.9, 26, 100];
        at.Select(s => timeline.CopiesAt(TimeSpan.FromSeconds(s))).ShouldBe([1, 3, 10, 10, 10, 8, 5, 0, 0]);
    }

    [Fact]
    public void A_pause_starts_nothing_and_the_next_ramp_begins_at_nothing()
    {
        var timeline = new LoadTimeline(
        [
            new LoadSimulation.KeepConstant(5, Second), new LoadSimulation.Pause(Second), new LoadSimulation.RampingConstant(5, Second),
            new LoadSimulation.Inject(5, Second, Second), new LoadSimulation.Pause(Second), new LoadSimulation.RampingInject(5, Second, Second),
        ]);
        timeline.CopiesAt(1.5 * Second).ShouldBe(0);
        timeline.CopiesAt(2.1 * Second).ShouldBe(1);
        timeline.CopiesAt(3.5 * Second).ShouldBe(0);
        timeline.Dues().Count(at => at >= 4 * Second && at < 5 * Second).ShouldBe(0);
        timeline.Dues().Where(at => at >= 5 * Second).ShouldBe([5 * Second, 5 * Second + TimeSpan.FromSeconds(Math.Sqrt(0.4))], new Near());
    }

    [Fact]
    public void Runs_of_a_constant_rate_are_due_evenly() =>
        new LoadTimeline([new LoadSimulation.Inject(20, 2 * Second, Second)]).Dues()
            .ShouldBe(Enumerable.Range(0, 10).Select(i => i * 0.1 * Second), new Near());

    [Theory]
    [InlineData(0, 100)]
    [InlineData(100, 0)]
    [InlineData(40, 80)]
    public void Runs_of_a_ramp_are_as_many_as_the_mean_of_its_rates_and_in_order(int from, int to)
    {
        LoadSimulation[] simulations = from == 0
            ? [new LoadSimulation.RampingInject(to, Second, 10 * Second)]
            : [new LoadSimulation.Inject(from, Second, Second), new LoadSimulation.RampingInject(to, Second, 10 * Second)];
        var start = from == 0 ? TimeSpan.Zero : Second;
        TimeSpan[] dues = [.. new LoadTimeline(simulations).Dues().Where(at => at >= start).Select(at => at - start)];
        dues.Length.ShouldBe((from + to) * 5);
        dues.ShouldBeInOrder();
        // In the half with the higher rate there are more, by the ramp's law.
        int firstHalf = dues.Count(at => at < 5 * Second);
        int expected = ((3 * from) + to) * 5 / 4;
        firstHalf.ShouldBeInRange(expected, expected + 1);
    }

    [Fact]
    public void No_simulation_no_time_and_less_than_nothing_are_refused()
    {
        Should.Throw<ArgumentException>(() => new LoadTimeline([]));
        Should.Throw<ArgumentException>(() => new LoadTimeline([new LoadSimulation.Pause(TimeSpan.Zero)]));
        Should.Throw<ArgumentException>(() => new LoadTimeline([new LoadSimulation.KeepConstant(-1, Second)]));
        Should.Throw<ArgumentException>(() => new LoadTimeline([new LoadSimulation.Inject(-1, Second, Second)]));
    }

    private sealed class Near : IEqualityComparer<TimeSpan>
    {
        public bool Equals(TimeSpan x, TimeSpan y) => (x - y).Duration() < TimeSpan.FromMicroseconds(1);

        public int GetHashCode(TimeSpan time) => 0;
    }
}
