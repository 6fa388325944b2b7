using FastRelay.Load.Measurement;

namespace FastRelay.Load.Reports;

/// <summary>What a run of idle connections came to. Bytes are for each connection.</summary>
internal sealed record IdleTcpReport
{
    /// <summary>What the issue allows an idle connection, buffers included, in the server's own memory.</summary>
    private const int MostBytes = 4_096;

    public required int Connections { get; init; }

    public required bool Pinned { get; init; }

    /// <summary>Of them those that stood at the end.</summary>
    public required int StillOpen { get; init; }

    /// <summary>What the server's process grew by, managed and native, its garbage collected before and after.</summary>
    public required double ResidentBytes { get; init; }

    public required double ManagedBytes { get; init; }

    public required double KernelSlabBytes { get; init; }

    public required double KernelBufferBytes { get; init; }

    /// <summary>Connections that never said a word.</summary>
    public required int Silent { get; init; }

    /// <summary>How long those of them stood that the server cut.</summary>
    public required LatencyHistogram SilentCut { get; init; }

    /// <summary>The same for table, JSON and page.</summary>
    public LoadReport ToReport() => new()
    {
        Name = "idle-tcp",
        Title = "Memory of issuers' connections that have shaken hands and say nothing",
        Parameters = [Figure.Number("connections", "connections", Connections), Figure.Flag("pinned", "server on a core of its own", Pinned)],
        Figures =
        [
            Figure.Number("still_open", "still open at the end", StillOpen) with { Target = FigureTarget.AtLeast(Connections) },
            Figure.Number("resident_bytes_per_connection", "server: resident bytes per connection", ResidentBytes) with { Target = FigureTarget.AtMost(MostBytes) },
            Figure.Number("managed_bytes_per_connection", "   of them on the managed heap", ManagedBytes),
            Figure.Number("kernel_slab_bytes_per_connection", "kernel: objects per end of a connection", KernelSlabBytes),
            Figure.Number("kernel_buffer_bytes_per_connection", "kernel: buffers per end of a connection", KernelBufferBytes),
            Figure.Number("silent", "connections that never said a word", Silent),
            Figure.Number("silent_cut", "   of them cut by the server", SilentCut.Count) with { Target = FigureTarget.AtLeast(Silent) },
        ],
        Latencies = [new LatencyDistribution("silent_stood", "a silent connection stood", SilentCut)],
        Comparisons = [new Comparison("Per connection", "bytes", [("server, resident", ResidentBytes), ("kernel, objects", KernelSlabBytes)])],
        Notes =
        [
            "The kernel's share is that of the whole machine halved, since both ends are on it; other work on the machine is in it too.",
            "The times that the server gives an issuer to say something are lifted for this; the time for a HELLO isn't.",
        ],
    };
}
