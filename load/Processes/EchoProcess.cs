using System.Net;

namespace FastRelay.Load.Processes;

/// <summary>A bare UDP echo in a process of its own: what the kernel and the engine cost when nothing is done with a datagram.</summary>
internal sealed class EchoProcess : IAsyncDisposable
{
    private readonly WorkerProcess _worker;

    private EchoProcess(WorkerProcess worker, WorkerReady ready)
    {
        _worker = worker;
        EndPoint = new IPEndPoint(IPAddress.Loopback, ready.Port);
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>User and system time so far.</summary>
    public TimeSpan ProcessorTime => _worker.ProcessorTime;

    /// <summary>Starts it.</summary>
    public static async Task<EchoProcess> StartAsync(CancellationToken cancellation)
    {
        var worker = WorkerProcess.Start("echo");
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
