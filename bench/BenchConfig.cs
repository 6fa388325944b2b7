using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace FastRelay.Bench;

/// <summary>
/// How everything here is timed: time and allocated bytes, in this process.
/// </summary>
/// <remarks>
/// In this process because the project that BenchmarkDotNet generates otherwise would lie under this directory and inherit the house
/// rules (analyzers, warnings as errors, central package versions), which its code doesn't keep, and would need a package source at
/// the time of measuring. The price: all benchmarks of one run share a heap and its tuning; run one class at a time with
/// <c>--filter</c> where that matters.
/// </remarks>
internal sealed class BenchConfig : ManualConfig
{
    public BenchConfig()
    {
        AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
        AddDiagnoser(MemoryDiagnoser.Default);
        AddColumnProvider(DefaultColumnProviders.Instance);
        AddExporter(MarkdownExporter.GitHub);
        AddLogger(ConsoleLogger.Default);
        WithOption(ConfigOptions.JoinSummary, true);
        ArtifactsPath = Path.Combine(AppContext.BaseDirectory, "results");
    }
}
