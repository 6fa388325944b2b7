using System.Net;

namespace FastRelay.Load.Processes;

/// <summary>A bare UDP echo in a process of its own: what the kernel costs when nothing is done with a datagram.</summary>
internal sealed class EchoProcess : IAsyncDisposable
{
    private readonly WorkerProcess _worker;

    private EchoProcess(WorkerProcess worker, WorkerReady ready)
    {
        _worker = worker;
        EndPoint = new IPEndPoint(IPAddress.Loopback, ready.Port);
    }

    /// <summary>What reports call the one in C.</summary>
    public const string KindInC = "C: recvmmsg, sendmmsg, nothing else";

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>User and system time so far.</summary>
    public TimeSpan ProcessorTime => _worker.ProcessorTime;

    /// <summary>Starts it.</summary>
    /// <param name="program">The one in C; null for the engine's.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<EchoProcess> StartAsync(EchoProgram? program, CancellationToken cancellation)
    {
        var worker = program is null ? WorkerProcess.Start("echo") : WorkerProcess.StartProgram("echo", program.Executable);
        try
        {
            return new EchoProcess(worker, await worker.ReadAsync(WorkerJson.Default.WorkerReady, cancellation));
        }
        catch
        {
            await worker.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _worker.DisposeAsync();
}
