using System.Collections.Concurrent;
using System.Net;
using FastRelay.Equipment;
using FastRelay.Protocol.Tracing;
using FastRelay.Server;
using FastRelay.Server.Options;
using Microsoft.Extensions.Logging.Abstractions;

namespace FastRelay.System.Tests.InProcess;

/// <summary>A real server, real devices and issuers in this process, on loopback, each told of its own signals.</summary>
internal sealed class Plant : IAsyncDisposable
{
    public const string Password = "correct horse battery";

    private readonly string _directory = Directory.CreateTempSubdirectory("fastrelay-").FullName;
    private readonly ConcurrentStack<IAsyncDisposable> _owned = new();
    private readonly RoutePolicy _route;
    private readonly TimeSpan _interval;
    private int _port;

    private Plant(RoutePolicy route, TimeSpan interval)
    {
        _route = route;
        _interval = interval;
    }

    public RelayServer Server { get; private set; } = null!;

    /// <summary>Where the server keeps what outlives it.</summary>
    public string ServerData => Path.Combine(_directory, "server");

    /// <summary>A file of the device that <see cref="DeviceAsync"/> starts by default.</summary>
    public string DeviceFile(string name) => Path.Combine(_directory, "device", name);

    public SignalLog ServerSignals { get; } = new();

    public SignalLog DeviceSignals { get; } = new();

    public SignalLog IssuerSignals { get; } = new();

    /// <param name="route">Which route a request takes first.</param>
    /// <param name="interval">Of heartbeats; null for the server's default.</param>
    public static async Task<Plant> StartAsync(RoutePolicy route = RoutePolicy.P4First, TimeSpan? interval = null)
    {
        var plant = new Plant(route, interval ?? new HeartbeatOptions().Interval);
        await plant.StartServerAsync();
        return plant;
    }

    /// <summary>Starts the server, or starts it again where it was.</summary>
    public async Task StartServerAsync()
    {
        var options = new RelayServerOptions
        {
            Listen = new IPEndPoint(IPAddress.Loopback, _port),
            Http = null,
            DataDirectory = ServerData,
            Route = _route,
        };
        options.Heartbeat.Interval = _interval;
        options.Limits.RetryAfter = 1;
        Server = await RelayServer.StartAsync(options, NullLoggerFactory.Instance, observer: ServerSignals);
        _port = Server.EndPoint.Port;
    }

    /// <summary>Starts a device and waits until it is registered.</summary>
    /// <param name="onConnection">What it serves; an echo by default.</param>
    /// <param name="name">Of its directory: the same name is the same device.</param>
    /// <param name="observer">Is told of its signals; <see cref="DeviceSignals"/> by default.</param>
    /// <param name="reuseServerChain">False shows the certificate before the key information on each of its connections.</param>
    public async Task<Device> DeviceAsync(
        Func<RelayStream, CancellationToken, Task>? onConnection = null, string name = "device", ISignalObserver? observer = null, bool reuseServerChain = true)
    {
        var device = await Device.StartAsync(new DeviceOptions
        {
            Server = new ServerAddress("127.0.0.1", _port),
            Trust = ServerTrust.Parse(Server.TrustFingerprint),
            DataDirectory = Path.Combine(_directory, name),
            Password = Password,
            PasswordIterations = 100_000,
            OnConnection = onConnection ?? EchoAsync,
            ReuseServerChain = reuseServerChain,
            Observer = observer ?? DeviceSignals,
        });
        _owned.Push(device);
        await device.RegisteredAsync().WaitAsync(TimeSpan.FromSeconds(20));
        return device;
    }

    public Issuer Issuer(ISignalObserver? observer = null)
    {
        var issuer = FastRelay.Equipment.Issuer.Create(new IssuerOptions
        {
            Server = new ServerAddress("127.0.0.1", _port),
            Trust = ServerTrust.Parse(Server.TrustFingerprint),
            Observer = observer ?? IssuerSignals,
        });
        _owned.Push(issuer);
        return issuer;
    }

    public static async Task EchoAsync(RelayStream stream, CancellationToken cancellationToken)
    {
        await stream.CopyToAsync(stream, cancellationToken);
        await stream.CompleteWritesAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        while (_owned.TryPop(out var owned)) await owned.DisposeAsync();
        await Server.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
