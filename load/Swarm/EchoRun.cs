using System.Diagnostics;
using FastRelay.Load.Commands;
using FastRelay.Load.Processes;

namespace FastRelay.Load.Swarm;

/// <summary>
/// The measure of a run: a bare echo on the core on which the server is measured, with the same generator and datagrams of the same size.
/// What it came to is summed up over its turns.
/// </summary>
/// <param name="program">The one in C; null for the engine's.</param>
/// <param name="devices">Devices that send.</param>
/// <param name="window">Devices that await a reply at once.</param>
internal sealed class EchoRun(EchoProgram? program, int devices, int window)
{
    /// <summary>An echo remembers nobody, so more than these would change nothing.</summary>
    private const int MostDevices = 100_000;

    private long _replied;
    private TimeSpan _elapsed;
    private TimeSpan _processorTime;

    /// <summary>What the echo is; <see cref="PerCpuSecond"/> means nothing without it.</summary>
    public string Kind => program is null ? EchoCommand.Kind : EchoProcess.KindInC;

    /// <summary>Datagrams echoed by CPU-seconds of the echo's process.</summary>
    public double PerCpuSecond => _replied / _processorTime.TotalSeconds;

    /// <summary>The share of its time in which the echo had work.</summary>
    public double Busy => _processorTime / _elapsed;

    /// <summary>Measures for a time.</summary>
    public async Task RunAsync(TimeSpan during, Action<double> progress, CancellationToken cancellation)
    {
        await using var echo = await EchoProcess.StartAsync(program, cancellation);
        int count = Math.Min(devices, MostDevices);
        using var swarm = new DeviceSwarm(echo.EndPoint, count);
        ClosedLoop<EchoTraffic> Loop() => new(swarm.Sockets, swarm.Devices, new SwarmOrder(0, count), default, window);
        await OwnThread.RunAsync(() => Loop().WarmUp(2 * during, cancellation));
        var loop = Loop();
        var before = echo.ProcessorTime;
        long started = Stopwatch.GetTimestamp();
        await OwnThread.RunAsync(() => loop.Run(during, progress, cancellation));
        _elapsed += Stopwatch.GetElapsedTime(started);
        await OwnThread.RunAsync(loop.Settle);
        _processorTime += echo.ProcessorTime - before;
        _replied += loop.Counts.Replied;
    }
}
