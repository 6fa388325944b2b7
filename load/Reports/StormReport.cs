using FastRelay.Load.Processes;
using FastRelay.Load.Storm;
using FastRelay.Load.Swarm;

namespace FastRelay.Load.Reports;

/// <summary>What a return of all devices came to.</summary>
internal sealed record StormReport
{
    public required StormSettings Settings { get; init; }

    public required bool Pinned { get; init; }

    /// <summary>ACKs that hadn't come after a second, before the server was killed.</summary>
    public required long LateBefore { get; init; }

    /// <summary>From SIGKILL until the new process serves.</summary>
    public required double RestartSeconds { get; init; }

    /// <summary>How the return went.</summary>
    public required ReturnCounts Returns { get; init; }

    /// <summary>From when the new process serves until the last device is bound.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>What the new process used in that time; what its start cost isn't in it.</summary>
    public required ServerUsed Server { get; init; }

    /// <summary>Devices bound a second.</summary>
    public required RateSeries Rate { get; init; }

    /// <summary>The same for table, JSON and page.</summary>
    public LoadReport ToReport() => new()
    {
        Name = "resume-storm",
        Title = "SIGKILL under all devices, and their return by RESUME",
        Parameters =
        [
            Figure.Number("devices", "devices", Settings.Devices),
            Figure.Number("interval_seconds", "heartbeat interval", Settings.Interval.TotalSeconds, 1, "s"),
            Figure.Flag("at_once", "all come back at once", Settings.AtOnce),
            Figure.Flag("pinned", "server on a core of its own", Pinned),
        ],
        Figures =
        [
            Figure.Number("late_before", "ACKs that hadn't come after a second, before the kill", LateBefore),
            Figure.Number("restart_seconds", "SIGKILL → the new process serves", RestartSeconds, 2, "s"),
            Figure.Number("bound", "devices bound again", Returns.Bound) with { Target = FigureTarget.AtLeast(Settings.Devices) },
            Figure.Number("bound_50_seconds", "SIGKILL → 50 % bound", BoundSeconds(50), 2, "s"),
            Figure.Number("bound_99_seconds", "SIGKILL → 99 % bound", BoundSeconds(99), 2, "s"),
            Figure.Number("bound_999_seconds", "SIGKILL → 99.9 % bound", BoundSeconds(99.9), 2, "s"),
            Figure.Number("bound_100_seconds", "SIGKILL → all bound", Returns.BoundAfter.Max.TotalSeconds, 2, "s"),
            Figure.Number("resumes_sent", "RESUMEs sent, repetitions included", Returns.Resumes),
            Figure.Number("resets", "RESETs believed", Returns.Resets),
            Figure.Number("full", "answers that the server is full", Returns.Full),
            Figure.Number("gave_up", "returns that had to begin anew", Returns.GaveUp),
            Figure.Number("heartbeats", "heartbeats taken meanwhile", Server.Heartbeats),
            Figure.Number("server_cpu_seconds", "server CPU-seconds", Server.ProcessorTime.TotalSeconds, 2),
            Figure.Number("server_busy", "share of its core that the server used", Server.ProcessorTime / Elapsed, 2),
            Figure.Number("resumes_per_cpu_second", "devices bound by RESUME per server CPU-second", PerCpuSecond) with { Target = RateTarget },
            Figure.Number("gen2_collections", "collections of generation 2", Server.Gen2),
        ],
        Series = [Rate],
        Notes =
        [
            "A device is bound when the first heartbeat of its new session is acknowledged. The CPU-seconds are those of the new process from when it serves until the last one is: "
                + "RESUME, RESUME_ACK, that heartbeat and its ACK for each device, and every other datagram that came meanwhile; starting the process isn't in them.",
        ],
    };

    private double PerCpuSecond => Returns.Bound / Server.ProcessorTime.TotalSeconds;

    /// <summary>What the issue asks for; among devices that find out one by one the server is mostly idle.</summary>
    private FigureTarget? RateTarget => Settings.AtOnce ? FigureTarget.AtLeast(60_000) : null;

    private double BoundSeconds(double percent) => Returns.BoundAfter.Percentile(percent).TotalSeconds;
}
