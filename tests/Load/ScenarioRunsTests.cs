using FastRelay.Load.Forged;
using FastRelay.Load.Handshakes;
using FastRelay.Load.Processes;
using FastRelay.Load.Reports;
using FastRelay.Load.Requests;
using FastRelay.Load.Scenarios;
using FastRelay.Load.Storm;
using FastRelay.Load.Swarm;

namespace FastRelay.Load.Tests;

/// <summary>Each scenario once, small, with its real processes: what is printed is looked at only where it can't depend on the machine's pace.</summary>
[Collection(nameof(ScenarioRunsTests))]
public sealed class ScenarioRunsTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    public ScenarioRunsTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "a swarm needs Linux");

    [Fact]
    public async Task Heartbeats_in_a_closed_loop_are_all_acknowledged()
    {
        var report = await RunAsync(display => new HeartbeatRun(new HeartbeatSettings { Devices = 40, During = Second, Window = 32 }).RunAsync(display, Cancellation));
        report.Sent.ShouldBeGreaterThan(0);
        report.Lost.ShouldBe(0);
        report.Acked.ShouldBe(report.Sent);
        report.Gen2Collections.ShouldBe(0);
        report.EchoPerCpuSecond.ShouldBeGreaterThan(0);
        if (SearchPath.Has("cc")) report.EchoKind.ShouldBe(EchoProcess.KindInC);
    }

    [Fact]
    public async Task Paced_heartbeats_come_at_their_rate()
    {
        var settings = new HeartbeatSettings { Devices = 40, During = 2 * Second, Interval = Second / 2, AckEvery = 2 };
        var report = await RunAsync(display => new HeartbeatRun(settings).RunAsync(display, Cancellation));
        // 40 devices, each every 0.45 s on average: 178 in 2 s. A machine that is busy sends fewer, none sends more.
        report.Sent.ShouldBeInRange(40, 200);
        report.Lost.ShouldBe(0);
        report.Acked.ShouldBeInRange(report.Sent / 4, report.Sent);
    }

    [Fact]
    public async Task Forged_datagrams_are_rejected_and_devices_stay()
    {
        var settings = new ForgedSettings { Devices = 40, Interval = Second / 2, During = Second };
        var report = await RunAsync(display => new ForgedRun(settings).RunAsync(display, Cancellation));
        report.ForgedSent.ShouldBeGreaterThan(0);
        // Not equal: on a busy machine the server still works off what came before the first look at it, or after the last.
        (report.Server.Rejected + (report.KernelDrops ?? 0)).ShouldBeGreaterThan(report.ForgedSent / 2);
        report.Server.Exceptions.ShouldBe(0);
        if (report.KernelDrops == 0) report.Server.Heartbeats.ShouldBeInRange(report.Devices.Sent / 2, report.Devices.Sent + 40);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task All_devices_come_back_by_RESUME_after_their_server_was_killed(bool atOnce)
    {
        var settings = new StormSettings { Devices = 200, Interval = Second, Before = Second, AtOnce = atOnce };
        var report = await RunAsync(display => new StormRun(settings).RunAsync(display, Cancellation));
        report.Returns.Bound.ShouldBeGreaterThanOrEqualTo(200);
        report.Returns.Resumes.ShouldBeGreaterThanOrEqualTo(200);
        report.RestartSeconds.ShouldBeGreaterThan(0);
        report.Returns.BoundAfter.Max.ShouldBeGreaterThan(TimeSpan.FromSeconds(report.RestartSeconds));
    }

    [Fact]
    public async Task Requests_are_accepted_while_others_heartbeat()
    {
        var settings = new RequestSettings { Asked = 2, Rate = 5, During = Second, Devices = 20, HeartbeatRate = 100 };
        var report = await RunAsync(display => new RequestRun(settings).RunAsync(display, Cancellation));
        report.Ok.ShouldBe(5);
        report.Failed.ShouldBe(0);
        report.Heartbeats.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Handshakes_of_each_kind_are_completed_by_the_server_as_by_its_clients()
    {
        await using var set = await HandshakeScenarios.StartAsync(Second / 4, copies: 3, Cancellation);
        foreach (var scenario in set.Scenarios)
        {
            var before = await set.Server.UsageAsync(Cancellation);
            var result = await new ScenarioRunner().RunWholeAsync(scenario with { WarmUp = TimeSpan.Zero }, warm: null, Cancellation);
            result.Total.Failed.ShouldBe(0, scenario.Name);
            result.Total.Ok.ShouldBeGreaterThan(0, scenario.Name);
            // The one by which a chain becomes known comes before.
            long first = scenario.Init is null ? 0 : 1;
            (await set.Server.UsageAsync(Cancellation)).Since(before).Handshakes.ShouldBe(result.Total.Ok + first, scenario.Name);
        }
    }

    private static Task<T> RunAsync<T>(Func<ProgressDisplay, Task<T>> run) => ProgressDisplay.RunAsync(run);
}
