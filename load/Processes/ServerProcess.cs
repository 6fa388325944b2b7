using System.Net;
using FastRelay.Equipment;

namespace FastRelay.Load.Processes;

/// <summary>
/// A real server in a process and a data directory of its own, on loopback; both are gone when it is disposed. It can be killed and started
/// again: the same port, the same directory, another process.
/// </summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly ServerSettings _settings;
    private readonly DirectoryInfo _data;
    private WorkerProcess _worker;

    private ServerProcess(ServerSettings settings, DirectoryInfo data, WorkerProcess worker, WorkerReady ready)
    {
        _settings = settings;
        _data = data;
        _worker = worker;
        EndPoint = new IPEndPoint(IPAddress.Loopback, ready.Port);
        Trust = ServerTrust.Parse(ready.Trust);
    }

    /// <summary>Where it listens, TCP and UDP.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>The same, as equipment is told.</summary>
    public ServerAddress Address => new(EndPoint.Address.ToString(), EndPoint.Port);

    /// <summary>Whom its clients trust.</summary>
    public ServerTrust Trust { get; }

    /// <summary>User and system time so far.</summary>
    public TimeSpan ProcessorTime => _worker.ProcessorTime;

    /// <summary>Where it keeps what outlives it.</summary>
    public string DataDirectory => _data.FullName;

    /// <summary>Resident bytes now.</summary>
    public long ResidentBytes => _worker.ResidentBytes;

    /// <summary>Starts it.</summary>
    /// <param name="settings">What it is told.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<ServerProcess> StartAsync(ServerSettings settings, CancellationToken cancellation)
    {
        var data = Directory.CreateTempSubdirectory("fastrelay-load-");
        try
        {
            var (worker, ready) = await StartAsync(settings, data, port: 0, cancellation);
            return new ServerProcess(settings, data, worker, ready);
        }
        catch
        {
            data.Delete(recursive: true);
            throw;
        }
    }

    /// <summary>Ends it without a warning (SIGKILL), as a crash or the loss of power does.</summary>
    public Task KillAsync(CancellationToken cancellation) => _worker.KillAsync(cancellation);

    /// <summary>Starts it again after <see cref="KillAsync"/>; returns when it serves.</summary>
    public async Task RestartAsync(CancellationToken cancellation)
    {
        await _worker.DisposeAsync();
        (_worker, _) = await StartAsync(_settings, _data, EndPoint.Port, cancellation);
    }

    /// <summary>What it has used so far.</summary>
    public async Task<ServerUsage> UsageAsync(CancellationToken cancellation) =>
        new(await _worker.AskAsync("snapshot", WorkerJson.Default.ServerSnapshot, cancellation), _worker.ProcessorTime);

    /// <summary>Has it collect its garbage, and tells what it holds resident after that.</summary>
    public async Task<long> CollectAsync(CancellationToken cancellation)
    {
        await _worker.AskAsync("collect", WorkerJson.Default.ServerSnapshot, cancellation);
        return ResidentBytes;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _worker.DisposeAsync();
        _data.Delete(recursive: true);
    }

    private static async Task<(WorkerProcess Worker, WorkerReady Ready)> StartAsync(
        ServerSettings settings, DirectoryInfo data, int port, CancellationToken cancellation)
    {
        var worker = WorkerProcess.Start("serve", settings.Arguments(data.FullName, port));
        try
        {
            return (worker, await worker.ReadAsync(WorkerJson.Default.WorkerReady, cancellation));
        }
        catch
        {
            await worker.DisposeAsync();
            throw;
        }
    }
}
