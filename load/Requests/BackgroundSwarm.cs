using FastRelay.Load.Processes;
using FastRelay.Load.Swarm;

namespace FastRelay.Load.Requests;

/// <summary>Devices that heartbeat on a thread of their own until they are disposed.</summary>
internal sealed class BackgroundSwarm : IAsyncDisposable
{
    private readonly DeviceSwarm _swarm;
    private readonly PacedLoop _loop;
    private readonly Task _running;
    private volatile bool _stopping;

    private BackgroundSwarm(DeviceSwarm swarm, PacedLoop loop)
    {
        _swarm = swarm;
        _loop = loop;
        _running = OwnThread.RunAsync(() => loop.Run(() => !_stopping));
    }

    /// <summary>What they have counted so far.</summary>
    public SwarmCounts Counts => _loop.Counts;

    /// <summary>Has the devices come in and begin.</summary>
    /// <returns>Null when there are to be none.</returns>
    public static async Task<BackgroundSwarm?> StartAsync(
        ServerProcess server, RequestSettings settings, Action<double> progress, CancellationToken cancellation)
    {
        if (settings.Devices == 0) return null;
        var swarm = new DeviceSwarm(server.EndPoint, settings.Devices);
        try
        {
            await swarm.JoinAsync(server, settings.Entry, 0, settings.Devices, progress, cancellation);
            return new BackgroundSwarm(swarm, swarm.Paced(settings.Devices, settings.Interval, ackEvery: 1));
        }
        catch
        {
            swarm.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        await _running;
        _loop.Dispose();
        _swarm.Dispose();
    }
}
