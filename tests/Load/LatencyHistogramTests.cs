using FastRelay.Load.Measurement;

namespace FastRelay.Load.Tests;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void An_empty_histogram_has_no_time()
    {
        var histogram = new LatencyHistogram();
        histogram.Count.ShouldBe(0);
        histogram.Percentile(50).ShouldBe(TimeSpan.Zero);
        histogram.Max.ShouldBe(TimeSpan.Zero);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(12_300)]
    [InlineData(999_999_900)]
    [InlineData(3_600_000_000_000)]
    public void A_value_alone_is_every_percentile_exactly(long nanoseconds)
    {
        var histogram = new LatencyHistogram();
        histogram.Record(nanoseconds);
        foreach (double percent in (double[])[0.1, 50, 99.9, 100]) histogram.Percentile(percent).ShouldBe(TimeSpan.FromTicks(nanoseconds / 100));
    }

    [Fact]
    public void Percentiles_are_nearest_ranks()
    {
        var histogram = new LatencyHistogram();
        // Each in a bucket of its own: buckets are as wide as these values are apart, 1 µs, only from 128 µs on.
        for (int i = 100; i >= 1; i--) histogram.Record(i * 1_000);
        foreach (var (percent, expected) in (ReadOnlySpan<(double, double)>)[(1, 1), (50, 50), (50.1, 51), (99, 99)])
        {
            histogram.Percentile(percent).TotalMicroseconds.ShouldBeInRange(expected, expected * (1 + (1.0 / 128)) + 0.1, $"{percent} %");
        }
        histogram.Percentile(99.1).TotalMicroseconds.ShouldBe(100);
        histogram.Percentile(100).TotalMicroseconds.ShouldBe(100);
    }

    [Fact]
    public void A_percentile_is_never_below_the_sorted_value_and_at_most_a_128th_and_a_tick_above_it()
    {
        var random = new Random(7);
        var histogram = new LatencyHistogram();
        long[] values = new long[20_000];
        for (int i = 0; i < values.Length; i++)
        {
            // Evenly over the magnitudes, from nanoseconds to hours.
            values[i] = (long)Math.Pow(10, random.NextDouble() * 13);
            histogram.Record(values[i]);
        }
        Array.Sort(values);
        foreach (double percent in (double[])[0.01, 1, 10, 50, 90, 99, 99.9, 99.99, 100])
        {
            long expected = values[(int)Math.Ceiling(values.Length * (percent / 100)) - 1];
            long found = histogram.Percentile(percent).Ticks * TimeSpan.NanosecondsPerTick;
            found.ShouldBeInRange(expected, expected + (expected / 128) + TimeSpan.NanosecondsPerTick, $"{percent} %");
        }
    }

    [Fact]
    public void The_longest_time_there_is_has_a_bucket()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(long.MaxValue);
        histogram.Record(-1);
        histogram.Count.ShouldBe(2);
        histogram.Percentile(50).ShouldBe(TimeSpan.Zero);
        histogram.Percentile(100).ShouldBe(histogram.Max);
    }

    [Fact]
    public void Histograms_add_up()
    {
        var one = new LatencyHistogram();
        var other = new LatencyHistogram();
        for (int i = 0; i < 90; i++) one.Record(1_000);
        for (int i = 0; i < 10; i++) other.Record(1_000_000);
        one.Add(other);
        one.Count.ShouldBe(100);
        one.Percentile(90).TotalMicroseconds.ShouldBe(1, 0.2);
        one.Percentile(91).TotalMicroseconds.ShouldBe(1_000);
        one.Max.ShouldBe(TimeSpan.FromMilliseconds(1));
    }
}
