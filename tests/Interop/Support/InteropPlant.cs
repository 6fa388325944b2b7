using System.Collections.Concurrent;
using System.Net;
using System.Text;
using FastRelay.Equipment;
using FastRelay.Protocol;
using FastRelay.Server;
using FastRelay.Server.Options;
using Microsoft.Extensions.Logging.Abstractions;

namespace FastRelay.Interop.Tests.Support;

/// <summary>A server of this repository on loopback, with devices and issuers of both sides around it. Disposing leaves nothing behind.</summary>
internal sealed class InteropPlant : IAsyncDisposable
{
    /// <summary>Not ASCII: both sides have to normalise and encode it alike (SPEC 8.1).</summary>
    public static readonly string Password = "Grüße, Gerät".Normalize(NormalizationForm.FormC);

    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private const int Iterations = 100_000;

    private readonly string _directory = Directory.CreateTempSubdirectory("fastrelay-interop-").FullName;
    private readonly ConcurrentStack<IAsyncDisposable> _owned = new();
    private readonly Action<RelayServerOptions>? _configure;
    private int _port;

    private InteropPlant(Action<RelayServerOptions>? configure)
    {
        _configure = configure;
        File.WriteAllText(PasswordFile, Password + "\n");
        File.WriteAllText(WrongPasswordFile, "wrong\n");
    }

    public RelayServer Server { get; private set; } = null!;

    public Signals ServerSignals { get; } = new();

    public Signals DeviceSignals { get; } = new();

    public string PasswordFile => Path.Combine(_directory, "password");

    public string WrongPasswordFile => Path.Combine(_directory, "wrong");

    /// <summary>A path in the plant's own directory.</summary>
    public string PathOf(string name) => Path.Combine(_directory, name);

    public static async Task<InteropPlant> StartAsync(Action<RelayServerOptions>? configure = null)
    {
        var plant = new InteropPlant(configure);
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
            DataDirectory = Path.Combine(_directory, "server"),
            Suites = SuitePolicy.P256AndP384,
        };
        options.Limits.RetryAfter = 1;
        // A crowded machine isn't what is tested here.
        options.Heartbeat.Missed = 255;
        options.Deadlines.Hello = options.Deadlines.Finished = TimeSpan.FromSeconds(30);
        _configure?.Invoke(options);
        Server = await RelayServer.StartAsync(options, NullLoggerFactory.Instance, observer: ServerSignals);
        _port = Server.EndPoint.Port;
    }

    /// <summary>What every program of the peer is told.</summary>
    public string[] Common(string suites) => ["--server", $"127.0.0.1:{_port}", "--trust", Server.TrustFingerprint, "--suites", suites];

    /// <summary>The peer's device, registered, its heartbeat answered, in front of a service.</summary>
    public async Task<NodeDevice> NodeDeviceAsync(TcpService service, string suites = "1,2")
    {
        var program = Own(NodeProgram.Start(
        [
            "device.mjs", .. Common(suites), "--password-file", PasswordFile, "--expose", $"{service.EndPoint}", "--iterations", $"{Iterations}",
            "--state", Path.Combine(_directory, "node-device"),
        ]));
        string text = (await program.NextAsync("id")).GetProperty("id").GetString()!;
        DeviceId.Parse(text, out var id).Kind.ShouldBe(DeviceIdTextErrorKind.None);
        id.ToString().ShouldBe(text);
        await program.NextAsync("registered");
        await program.NextAsync("ack");
        return new NodeDevice(program, id);
    }

    /// <summary>The peer's issuer, run to its end.</summary>
    public Task<NodeResult> NodeIssuerAsync(DeviceId id, ReadOnlyMemory<byte> input = default, string suites = "1,2", params IEnumerable<string> more) =>
        Node.RunAsync(["issuer.mjs", .. Common(suites), "--password-file", PasswordFile, "--id", $"{id}", .. more], input);

    /// <inheritdoc cref="NodeIssuerAsync(DeviceId, ReadOnlyMemory{byte}, string, IEnumerable{string})"/>
    public Task<NodeResult> NodeIssuerAsync(DeviceId id, Func<Stream, Stream, Task> talk) =>
        Node.RunAsync(["issuer.mjs", .. Common("1,2"), "--password-file", PasswordFile, "--id", $"{id}"], talk);

    /// <summary>A device of this repository, registered. Null echoes.</summary>
    public async Task<Device> DeviceAsync(Func<RelayStream, Task>? serve = null, ServerAddress? server = null, ServerTrust? trust = null)
    {
        var device = Own(await Device.StartAsync(new DeviceOptions
        {
            Server = server ?? new ServerAddress("127.0.0.1", _port),
            Trust = trust ?? ServerTrust.Parse(Server.TrustFingerprint),
            DataDirectory = Path.Combine(_directory, "device"),
            Password = Password,
            PasswordIterations = Iterations,
            OnConnection = async (stream, cancellation) =>
            {
                await (serve is null ? stream.CopyToAsync(stream, cancellation) : serve(stream));
                await stream.CompleteWritesAsync(cancellation);
            },
            OfferP384 = true,
            Observer = DeviceSignals,
        }));
        await device.RegisteredAsync().WaitAsync(Patience);
        return device;
    }

    /// <summary>An issuer of this repository.</summary>
    public Issuer Issuer(ServerAddress? server = null, ServerTrust? trust = null) => Own(FastRelay.Equipment.Issuer.Create(new IssuerOptions
    {
        Server = server ?? new ServerAddress("127.0.0.1", _port),
        Trust = trust ?? ServerTrust.Parse(Server.TrustFingerprint),
        OfferP384 = true,
    }));

    public T Own<T>(T owned)
        where T : IAsyncDisposable
    {
        _owned.Push(owned);
        return owned;
    }

    public async ValueTask DisposeAsync()
    {
        while (_owned.TryPop(out var owned)) await owned.DisposeAsync();
        await Server.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
