using System.Collections.Concurrent;
using FastRelay.Equipment;
using FastRelay.Load.Processes;
using FastRelay.Protocol;

namespace FastRelay.Load.Requests;

/// <summary>Real devices of the equipment library in this process, each of which sends back whatever it gets. Their state is gone with them.</summary>
internal sealed class DeviceFleet : IAsyncDisposable
{
    /// <summary>The password of all of them.</summary>
    public const string Password = "a password for loads";

    /// <summary>The fewest rounds that are allowed: they are paid once a device, outside of what is measured.</summary>
    private const int Iterations = 100_000;

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("fastrelay-load-");
    private readonly ConcurrentBag<Device> _devices = [];

    /// <summary>Their IDs.</summary>
    public IReadOnlyList<DeviceId> Ids => [.. _devices.Select(d => d.Id)];

    /// <summary>Starts devices and waits until the server answers their heartbeats.</summary>
    /// <param name="server">Where they register.</param>
    /// <param name="count">How many.</param>
    /// <param name="progress">Is told the share that is registered.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task StartAsync(ServerProcess server, int count, Action<double> progress, CancellationToken cancellation)
    {
        int registered = 0;
        await Parallel.ForAsync(0, count, cancellation, async (i, token) =>
        {
            var device = await Device.StartAsync(new DeviceOptions
            {
                Server = server.Address,
                Trust = server.Trust,
                DataDirectory = Path.Combine(_data.FullName, $"{i}"),
                Password = Password,
                PasswordIterations = Iterations,
                OnConnection = EchoAsync,
            }, cancellationToken: token);
            _devices.Add(device);
            await device.RegisteredAsync(token).WaitAsync(TimeSpan.FromMinutes(1), token);
            progress((double)Interlocked.Increment(ref registered) / count);
        });
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Parallel.ForEachAsync(_devices, async (device, _) => await device.DisposeAsync());
        _data.Delete(recursive: true);
    }

    private static async Task EchoAsync(RelayStream stream, CancellationToken cancellation)
    {
        byte[] buffer = new byte[256];
        while (await stream.ReadAsync(buffer, cancellation) is > 0 and int length) await stream.WriteAsync(buffer.AsMemory(0, length), cancellation);
        await stream.CompleteWritesAsync(cancellation);
    }
}
