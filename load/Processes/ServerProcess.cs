using System.Globalization;
using System.Net;
using FastRelay.Equipment;

namespace FastRelay.Load.Processes;

/// <summary>A real server in a process and a data directory of its own, on loopback; both are gone when it is disposed.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly WorkerProcess _worker;
    private readonly DirectoryInfo _data;

    private ServerProcess(WorkerProcess worker, DirectoryInfo data, WorkerReady ready)
    {
        _worker = worker;
        _data = data;
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

    /// <summary>Resident bytes now.</summary>
    public long ResidentBytes => _worker.ResidentBytes;

    /// <summary>Starts it.</summary>
    /// <param name="devices">Room in its list.</param>
    /// <param name="ackEvery">Every how many heartbeats devices are told to ask for an ACK.</param>
    /// <param name="cancellation">Gives up.</param>
    public static Task<ServerProcess> StartAsync(int devices, int ackEvery, CancellationToken cancellation) =>
        StartAsync(["--devices", Text(devices), "--ack-every", Text(ackEvery)], cancellation);

    /// <summary>Starts one that lets so many TCP connections stand without a word after their handshake.</summary>
    public static Task<ServerProcess> StartPatientAsync(int connections, CancellationToken cancellation) =>
        StartAsync(["--devices", "1", "--ack-every", "1", "--idle-connections", Text(connections)], cancellation);

    private static async Task<ServerProcess> StartAsync(string[] arguments, CancellationToken cancellation)
    {
        var data = Directory.CreateTempSubdirectory("fastrelay-load-");
        var worker = WorkerProcess.Start("serve", ["--data", data.FullName, .. arguments]);
        try
        {
            return new ServerProcess(worker, data, await worker.ReadAsync(WorkerJson.Default.WorkerReady, cancellation));
        }
        catch
        {
            await worker.DisposeAsync();
            data.Delete(recursive: true);
            throw;
        }
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

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
