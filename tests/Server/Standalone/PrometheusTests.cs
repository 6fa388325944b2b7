using System.Diagnostics.Metrics;
using FastRelay.Server.Metrics;

namespace FastRelay.Server.Tests.Standalone;

public sealed class PrometheusTests
{
    [Fact]
    public void Each_kind_of_instrument_is_written_by_the_formats_rules()
    {
        using var meter = new Meter("test");
        using var exposition = new PrometheusExposition(meter);
        meter.CreateObservableCounter("a.count", () => 5L, description: "Line one\nback\\slash");
        meter.CreateObservableGauge("b_now", () => new[] { new Measurement<long>(1, KeyValuePair.Create<string, object?>("state", "q\"u\\o\nte")) });
        var histogram = meter.CreateHistogram("c_seconds", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.5, 1] });
        histogram.Record(0.5);
        histogram.Record(0.75);
        histogram.Record(8);
        var counter = meter.CreateCounter<long>("d_total", description: "Fed");
        counter.Add(2);
        counter.Add(3);

        string text = exposition.Render();
        text.ShouldBe("""
            # HELP a_count_total Line one\nback\\slash
            # TYPE a_count_total counter
            a_count_total 5
            # HELP b_now 
            # TYPE b_now gauge
            b_now{state="q\"u\\o\nte"} 1
            # HELP c_seconds 
            # TYPE c_seconds histogram
            c_seconds_bucket{le="0.5"} 1
            c_seconds_bucket{le="1"} 2
            c_seconds_bucket{le="+Inf"} 3
            c_seconds_sum 9.25
            c_seconds_count 3
            # HELP d_total Fed
            # TYPE d_total counter
            d_total 5

            """);
        exposition.Render().ShouldBe(text);
    }

    [Fact]
    public void Another_meter_of_the_same_name_isnt_mixed_in()
    {
        using var mine = new Meter("same");
        using var exposition = new PrometheusExposition(mine);
        using var other = new Meter("same");
        other.CreateCounter<long>("x").Add(1);
        mine.CreateCounter<long>("y").Add(1);
        exposition.Render().ShouldNotContain("x_total");
        exposition.Render().ShouldContain("y_total 1\n");
    }
}
