using System.Text.Json;
using FastRelay.Load.Forged;
using FastRelay.Load.Measurement;
using FastRelay.Load.Processes;
using FastRelay.Load.Reports;
using FastRelay.Load.Requests;
using FastRelay.Load.Storm;
using FastRelay.Load.Swarm;

namespace FastRelay.Load.Tests;

public sealed class ReportJsonTests
{
    // The names that the issue asks for, and those that scripts have read since: taking one away breaks somebody.
    private static readonly string[] HeartbeatNames =
    [
        "devices", "ack_every", "window", "pinned", "seconds", "sent", "acked", "lost", "heartbeats_per_second", "server_cpu_seconds",
        "heartbeats_per_cpu_second", "echo_kind", "echo_per_cpu_second", "ratio", "resident_bytes_per_device", "allocated_bytes_per_heartbeat",
        "gen0_collections", "gen1_collections", "gen2_collections", "ack_p50_us", "ack_p99_us", "ack_p999_us",
    ];

    private static readonly string[] HandshakeNames =
        ["completed", "failed", "per_second", "server_cpu_seconds", "server_busy", "per_cpu_second", "allocated_bytes", "p50_us", "p99_us", "p999_us"];

    private static readonly string[] RequestNames =
    [
        "asked", "devices", "heartbeat_rate", "heartbeats_per_second", "pinned", "rate", "seconds", "ok", "failed", "failures", "server_cpu_seconds", "requests_per_cpu_second",
        "accepted_p50_us", "accepted_p99_us", "accepted_p999_us", "whole_p50_us", "whole_p99_us", "whole_p999_us",
    ];

    [Fact]
    public void A_report_of_heartbeats_has_the_names_that_scripts_read()
    {
        var json = Json(Heartbeats().ToReport());
        foreach (string name in HeartbeatNames) json.TryGetProperty(name, out _).ShouldBeTrue(name);
        json.GetProperty("sent").GetInt64().ShouldBe(600);
        json.GetProperty("ack_p50_us").GetDouble().ShouldBe(100);
        json.GetProperty("targets").GetProperty("ratio").GetProperty("met").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public void A_report_of_handshakes_has_an_object_for_each_kind()
    {
        var figures = new HandshakeFigures
        {
            Completed = 1,
            Failed = 2,
            PerSecond = 3,
            ServerCpuSeconds = 4,
            ServerBusy = 0.9,
            PerCpuSecond = 5,
            AllocatedBytes = 6,
            Times = ReportSamples.Times(6_000),
            Rate = new RateSeries("one", "", "", []),
        };
        var report = new HandshakeReport
        {
            Pinned = true,
            Copies = 7,
            IssuerFull = figures,
            IssuerCached = figures with { Rate = figures.Rate with { Key = "two" } },
            DeviceFull = figures with { Rate = figures.Rate with { Key = "three" } },
            Bare = new BareFigures(20_000, 60_000, 30_000, 90_000, 88_000),
        };
        var json = Json(report.ToReport());
        foreach (string kind in (string[])["issuer_full", "issuer_cached", "device_full"])
        {
            foreach (string name in HandshakeNames) json.GetProperty(kind).TryGetProperty(name, out _).ShouldBeTrue($"{kind}.{name}");
        }
        json.GetProperty("bare").GetProperty("sum_us").GetDouble().ShouldBe(200_000);
        json.GetProperty("bare").GetProperty("ratio").GetDouble().ShouldBe(1, 0.001);
        json.GetProperty("bare").GetProperty("exchange_ratio").GetDouble().ShouldBe(1.1, 0.001);
    }

    [Fact]
    public void A_report_of_requests_has_the_names_that_scripts_read()
    {
        var report = new RequestReport
        {
            Settings = new RequestSettings { Asked = 1, Rate = 2, During = TimeSpan.FromSeconds(3), Devices = 4_500 },
            Pinned = true,
            Heartbeats = 150_000,
            HeartbeatsLate = 0,
            Seconds = 3,
            Ok = 4,
            Failed = 5,
            Failures = new Dictionary<string, long> { ["Network"] = 5 },
            ServerCpuSeconds = 6,
            RequestsPerCpuSecond = 7,
            AcceptedTimes = ReportSamples.Times(26_000_000),
            WholeTimes = ReportSamples.Times(2),
            Series = new RateSeries("requests", "", "", []),
        };
        var json = Json(report.ToReport());
        json.GetProperty("heartbeats_per_second").GetDouble().ShouldBe(50_000);
        foreach (string name in RequestNames) json.TryGetProperty(name, out _).ShouldBeTrue(name);
        json.GetProperty("failures").GetProperty("Network").GetInt64().ShouldBe(5);
        json.GetProperty("targets").GetProperty("accepted_p99_us").GetProperty("met").GetBoolean().ShouldBeFalse();
    }

    [Fact]
    public void A_report_of_a_return_has_its_times_in_seconds_and_counts_the_new_process_alone()
    {
        var returns = new ReturnCounts { Bound = 120_000, Resumes = 120_500, Full = 1, GaveUp = 2, Resets = 3 };
        returns.BoundAfter.Record(TimeSpan.FromSeconds(2));
        var report = new StormReport
        {
            Settings = new StormSettings { Devices = 120_000, Interval = TimeSpan.FromSeconds(25), Before = TimeSpan.FromSeconds(1), AtOnce = true },
            Pinned = true,
            LateBefore = 0,
            RestartSeconds = 0.5,
            Returns = returns,
            Elapsed = TimeSpan.FromSeconds(4),
            Server = Used with { ProcessorTime = TimeSpan.FromSeconds(2) },
            Rate = new RateSeries("bound", "", "", []),
        };
        var json = Json(report.ToReport());
        json.GetProperty("bound_50_seconds").GetDouble().ShouldBe(2, 0.02);
        json.GetProperty("bound_100_seconds").GetDouble().ShouldBe(2);
        json.GetProperty("resumes_per_cpu_second").GetDouble().ShouldBe(60_000);
        json.GetProperty("targets").GetProperty("resumes_per_cpu_second").GetProperty("met").GetBoolean().ShouldBeTrue();
        foreach (string name in (string[])["bound_99_seconds", "bound_999_seconds", "resumes_sent", "resets", "full", "gave_up"])
            json.TryGetProperty(name, out _).ShouldBeTrue(name);
    }

    [Fact]
    public void A_report_of_forgeries_sets_the_loss_of_devices_against_what_the_kernel_dropped()
    {
        var report = new ForgedReport
        {
            Settings = new ForgedSettings { Devices = 10, Interval = TimeSpan.FromSeconds(1), During = TimeSpan.FromSeconds(1) },
            Pinned = true,
            Elapsed = TimeSpan.FromSeconds(1),
            ForgedSent = 900,
            KernelDrops = 100,
            Devices = new SwarmCounts { Sent = 100 },
            Server = Used with { Heartbeats = 95, Rejected = 800, AllocatedBytes = 400 },
        };
        var json = Json(report.ToReport());
        json.GetProperty("kernel_drop_share").GetDouble().ShouldBe(0.1);
        json.GetProperty("device_loss_share").GetDouble().ShouldBe(0.05, 1e-9);
        json.GetProperty("allocated_bytes_per_forged").GetDouble().ShouldBe(0.5);
        json.GetProperty("targets").GetProperty("device_loss_share").GetProperty("met").GetBoolean().ShouldBeTrue();
        json.GetProperty("targets").GetProperty("exceptions").GetProperty("met").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public void What_could_not_be_measured_is_null_and_meets_no_target()
    {
        var json = Json(ReportSamples.WithEverything("text"));
        json.GetProperty("unmeasured").ValueKind.ShouldBe(JsonValueKind.Null);
        json.GetProperty("targets").GetProperty("unmeasured").GetProperty("met").GetBoolean().ShouldBeFalse();
    }

    [Fact]
    public void Figures_of_every_kind_series_and_histograms_are_in_one_object_on_one_line()
    {
        string text = ReportJson.Write(ReportSamples.WithEverything("a \"quoted\"\nname"), ReportSamples.Context);
        text.ShouldNotContain('\n');
        var json = JsonDocument.Parse(text).RootElement;
        json.GetProperty("words").GetString().ShouldBe("a \"quoted\"\nname");
        json.GetProperty("flag").GetBoolean().ShouldBeTrue();
        json.GetProperty("number").GetDouble().ShouldBe(1234.5);
        json.GetProperty("part").GetProperty("number").GetDouble().ShouldBe(3);
        json.GetProperty("series").GetProperty("rate").GetProperty("values").EnumerateArray().Select(v => v.GetDouble()).ShouldBe([10, 0, 30]);
        json.GetProperty("histograms").GetProperty("ack_us").GetProperty("count").EnumerateArray().Sum(v => v.GetInt64()).ShouldBe(4);
        json.GetProperty("date").GetString().ShouldBe("2026-01-02T03:04:05Z");
        json.GetProperty("command").GetString().ShouldBe("load sample");
    }

    [Fact]
    public void Two_figures_of_one_name_are_refused()
    {
        var report = new LoadReport { Name = "n", Title = "t", Parameters = [Figure.Flag("same", "", true)], Figures = [Figure.Flag("same", "", false)] };
        Should.Throw<InvalidOperationException>(() => ReportJson.Write(report, ReportSamples.Context));
    }

    [Fact]
    public void The_bins_of_a_distribution_are_without_gaps_and_hold_every_time()
    {
        var bins = new LatencyDistribution("", "", ReportSamples.Times(1, 5_000, 5_001, 70_000_000)).Bins();
        bins.Sum(b => b.Count).ShouldBe(4);
        for (int i = 1; i < bins.Count; i++) bins[i].FromUs.ShouldBe(bins[i - 1].ToUs);
        bins[^1].ToUs.ShouldBeInRange(70_000, 70_000 * 1.1);
        bins[^1].Count.ShouldBe(1);
    }

    private static ServerUsed Used => new()
    {
        Heartbeats = 0,
        Acks = 0,
        Handshakes = 0,
        Rejected = 0,
        Exceptions = 0,
        AllocatedBytes = 0,
        Gen0 = 0,
        Gen1 = 0,
        Gen2 = 0,
        ProcessorTime = default,
    };

    private static HeartbeatReport Heartbeats() => new()
    {
        Devices = 1,
        AckEvery = 1,
        Window = 2,
        Interval = null,
        Pinned = true,
        Seconds = 3,
        Sent = 600,
        Acked = 600,
        Lost = 0,
        Late = 0,
        KernelDrops = 0,
        HeartbeatsPerSecond = 4,
        ServerCpuSeconds = 5,
        HeartbeatsPerCpuSecond = 6,
        EchoKind = "an echo",
        EchoPerCpuSecond = 7,
        EchoBusy = 0.98,
        Ratio = 0.857,
        ResidentBytesPerDevice = 8,
        AllocatedBytesPerHeartbeat = 9,
        Gen0Collections = 10,
        Gen1Collections = 11,
        Gen2Collections = 12,
        AckTimes = ReportSamples.Times(100_000),
        Rate = new RateSeries("heartbeats", "", "", []),
    };

    private static JsonElement Json(LoadReport report) => JsonDocument.Parse(ReportJson.Write(report, ReportSamples.Context)).RootElement;
}
