using System.Diagnostics;
using FastRelay.Load.Measurement;
using FastRelay.Load.Processes;
using FastRelay.Load.Reports;

namespace FastRelay.Load.Swarm;

/// <summary>What a closed loop came to against a target: warmed up first, then measured, on a thread of its own.</summary>
/// <param name="Counts">What the loop counted while it was measured.</param>
/// <param name="Elapsed">From its start to the last reply.</param>
/// <param name="ProcessorTime">What the target used meanwhile.</param>
/// <param name="Rate">Replies a second, over the time.</param>
internal sealed record LoopMeasurement(SwarmCounts Counts, TimeSpan Elapsed, TimeSpan ProcessorTime, RateSeries Rate)
{
    /// <summary>Replies per CPU-second of the target.</summary>
    public double PerCpuSecond => Counts.Replied / ProcessorTime.TotalSeconds;

    /// <summary>Measures.</summary>
    /// <param name="loop">Makes the loop; twice, since the warm-up has one of its own.</param>
    /// <param name="during">How long.</param>
    /// <param name="processorTime">What the target has used so far.</param>
    /// <param name="progress">Is told the share of the time that has passed.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<LoopMeasurement> TakeAsync<TTraffic>(
        Func<ClosedLoop<TTraffic>> loop, TimeSpan during, Func<TimeSpan> processorTime, Action<double> progress, CancellationToken cancellation)
        where TTraffic : struct, ITraffic
    {
        await OwnThread.RunAsync(() => loop().WarmUp(2 * during, cancellation));
        var measured = loop();
        var before = processorTime();
        long started = Stopwatch.GetTimestamp();
        await using var sampler = RateSampler.Start(() => measured.Counts.Replied);
        await OwnThread.RunAsync(() =>
        {
            measured.Run(during, progress, cancellation);
            measured.Settle();
        });
        var elapsed = Stopwatch.GetElapsedTime(started);
        cancellation.ThrowIfCancellationRequested();
        return new LoopMeasurement(measured.Counts, elapsed, processorTime() - before, sampler.Series("", "", ""));
    }
}
