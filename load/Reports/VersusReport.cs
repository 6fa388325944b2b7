using FastRelay.Load.Swarm;

namespace FastRelay.Load.Reports;

/// <summary>What a run against another program came to: its requests and our heartbeats, each per CPU-second of who answers them.</summary>
internal sealed record VersusReport
{
    public required string Peer { get; init; }

    /// <summary>What the peer was asked.</summary>
    public required string Request { get; init; }

    public required int Devices { get; init; }

    public required int Window { get; init; }

    public required bool Pinned { get; init; }

    /// <summary>The peer, before and after our heartbeats.</summary>
    public required IReadOnlyList<LoopMeasurement> Theirs { get; init; }

    /// <summary>Our heartbeats.</summary>
    public required LoopMeasurement Ours { get; init; }

    /// <summary>What the ratio is to reach.</summary>
    public required double? Target { get; init; }

    /// <summary>The same for table, JSON and page.</summary>
    public LoadReport ToReport()
    {
        double theirCpuSeconds = Theirs.Sum(t => t.ProcessorTime.TotalSeconds);
        double theirs = Theirs.Sum(t => t.Counts.Replied) / theirCpuSeconds;
        var times = new Measurement.LatencyHistogram();
        foreach (var part in Theirs) times.Add(part.Counts.ReplyTimes);
        return new LoadReport
        {
            Name = "versus",
            Title = $"Authenticated heartbeats against {Peer}: {Request}",
            Parameters =
            [
                Figure.Words("peer", "compared with", Peer),
                Figure.Words("peer_request", "which was asked", Request),
                Figure.Number("devices", "source addresses, each a client", Devices),
                Figure.Number("window", "requests under way at once", Window),
                Figure.Flag("pinned", "each server on a core of its own", Pinned),
            ],
            Figures =
            [
                Figure.Number("peer_replies", $"{Peer}: answers", Theirs.Sum(t => t.Counts.Replied)),
                Figure.Number("peer_missing", $"{Peer}: answers that didn't come", Theirs.Sum(t => t.Counts.Missing)),
                Figure.Number("peer_cpu_seconds", $"{Peer}: CPU-seconds, all its processes", theirCpuSeconds, 2),
                Figure.Number("peer_per_second", $"{Peer}: answers per second", Theirs.Sum(t => t.Counts.Replied) / Theirs.Sum(t => t.Elapsed.TotalSeconds)),
                Figure.Number("peer_per_cpu_second", $"{Peer}: answers per CPU-second", theirs),
                Figure.Number("peer_per_cpu_second_before", "   before our heartbeats", Theirs[0].PerCpuSecond),
                Figure.Number("peer_per_cpu_second_after", "   after them", Theirs[^1].PerCpuSecond),
                Figure.Number("acked", "heartbeats acknowledged", Ours.Counts.Replied),
                Figure.Number("missing", "ACKs that didn't come", Ours.Counts.Missing),
                Figure.Number("server_cpu_seconds", "server CPU-seconds", Ours.ProcessorTime.TotalSeconds, 2),
                Figure.Number("heartbeats_per_second", "heartbeats per second", Ours.Counts.Replied / Ours.Elapsed.TotalSeconds),
                Figure.Number("heartbeats_per_cpu_second", "heartbeats per server CPU-second", Ours.PerCpuSecond),
                Figure.Ratio(
                    "ratio", $"heartbeats by {Peer}'s answers, per CPU-second", Ours.PerCpuSecond / theirs, Peer, Target is { } least ? FigureTarget.AtLeast(least) : null),
            ],
            Latencies = [new LatencyDistribution("ack", "heartbeat → ACK", Ours.Counts.ReplyTimes), new LatencyDistribution("peer", $"{Peer}: request → answer", times)],
            Series =
            [
                Ours.Rate with { Key = "heartbeats", Label = "Heartbeats acknowledged", Unit = "per second" },
                .. Theirs.Select((t, i) => t.Rate with { Key = $"peer_{i + 1}", Label = $"{Peer}: answers, {(i == 0 ? "before" : "after")}", Unit = "per second" }),
            ],
            Comparisons = [new Comparison("Per CPU-second of who answers", "answers", [("FastRelay: authenticated heartbeats", Ours.PerCpuSecond), ($"{Peer}: {Request}", theirs)])],
            Notes = ["Both are asked by the same generator, from the same number of addresses, with the same window, one after the other on the same core: the peer, we, the peer."],
        };
    }
}
