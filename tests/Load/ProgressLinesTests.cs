using FastRelay.Load.Measurement;
using FastRelay.Load.Reports;
using FastRelay.Tests.Support;

namespace FastRelay.Load.Tests;

public sealed class ProgressLinesTests
{
    [Fact]
    public void Where_there_is_no_terminal_progress_is_a_few_plain_lines()
    {
        var time = new ManualTimeProvider();
        var output = new StringWriter();
        var progress = ProgressDisplay.Lines(output, time).Phase("register 10 devices");
        progress(0.1);
        time.Advance(TimeSpan.FromSeconds(6));
        progress(0.5);
        progress(0.6);
        time.Advance(TimeSpan.FromSeconds(1));
        progress(1);
        progress(1);
        output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .ShouldBe(["register 10 devices …", "register 10 devices: 50 %", "register 10 devices: done in 7.0 s"]);
    }

    [Fact]
    public async Task A_count_that_grows_becomes_a_rate_over_time()
    {
        var time = new ManualTimeProvider();
        long count = 1_000;
        await using var sampler = RateSampler.Start(() => count, TimeSpan.FromMilliseconds(500), time);
        count += 50;
        time.Advance(TimeSpan.FromMilliseconds(500));
        time.Advance(TimeSpan.FromMilliseconds(500));
        count += 10;
        time.Advance(TimeSpan.FromMilliseconds(500));
        var series = sampler.Series("k", "l", "u");
        series.Points.Select(p => p.PerSecond).ShouldBe([100, 0, 20]);
        series.Points.Select(p => p.Seconds).ShouldBe([0.5, 1, 1.5]);
    }

    [Fact]
    public void A_command_line_is_written_as_one_would_type_it() =>
        ReportContext.Now(["heartbeats", "--devices", "10", "--html", "a b's.html", ""]).CommandLine
            .ShouldBe("load heartbeats --devices 10 --html 'a b'\\''s.html' ''");
}
