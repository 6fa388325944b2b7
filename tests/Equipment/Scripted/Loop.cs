using FastRelay.Protocol;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Tracing;
using FastRelay.Protocol.Wire;

namespace FastRelay.Equipment.Tests.Scripted;

/// <summary>A device and an issuer at a scripted server, all in this process, and the steps that tests share.</summary>
internal sealed class Loop : IAsyncDisposable
{
    public const string Password = "correct horse battery";

    private readonly TemporaryDirectory _directory = new();
    private readonly List<IAsyncDisposable> _owned = [];

    private Loop(ScriptedServer server) => Server = server;

    public ScriptedServer Server { get; }

    public RecordingObserver Signals { get; } = new();

    /// <summary>What the device serves: each connection echoes until a test replaces it.</summary>
    public Func<RelayStream, CancellationToken, Task> OnConnection { get; set; } = EchoAsync;

    public string DataDirectory => _directory.Path;

    public static Loop Start() => new(ScriptedServer.Start());

    public static async Task EchoAsync(RelayStream stream, CancellationToken cancellationToken)
    {
        await stream.CopyToAsync(stream, cancellationToken);
        await stream.CompleteWritesAsync(cancellationToken);
    }

    public async Task<Device> DeviceAsync(TimeProvider? time = null, bool silent = false, bool lowPorts = false, int connections = 512, IEntropy? entropy = null,
        ISignalObserver? observer = null, string password = Password)
    {
        var device = await Device.StartAsync(new DeviceOptions
        {
            Server = Server.Address,
            Trust = ScriptedCertificates.Trust,
            DataDirectory = _directory.Path,
            Password = password,
            PasswordIterations = 100_000,
            OnConnection = (stream, token) => OnConnection(stream, token),
            SilentRefusals = silent,
            AllowPrivilegedPorts = lowPorts,
            MaxConnections = connections,
            Observer = observer ?? Signals,
        }, null, time, entropy ?? SystemEntropy.Instance, TestContext.Current.CancellationToken);
        _owned.Add(device);
        return device;
    }

    /// <summary>A device that is registered and whose first heartbeat was acked, and its session.</summary>
    public async Task<(Device Device, Registered Session)> RegisteredDeviceAsync(TimeProvider? time = null, bool silent = false, int connections = 512)
    {
        var device = await DeviceAsync(time, silent, connections: connections);
        var session = await Server.RegistrationAsync();
        await device.RegisteredAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(10));
        await Server.Udp.HeartbeatAsync();
        return (device, session);
    }

    public Issuer Issuer(TimeProvider? time = null, TimeSpan? communicationTimeout = null)
    {
        var issuer = FastRelay.Equipment.Issuer.Create(new IssuerOptions
        {
            Server = Server.Address,
            Trust = ScriptedCertificates.Trust,
            Observer = Signals,
            CommunicationTimeout = communicationTimeout ?? TimeSpan.FromSeconds(10),
        }, null, time);
        _owned.Add(issuer);
        return issuer;
    }

    /// <summary>Wakes the device and takes its second TCP connection.</summary>
    public async Task<ScriptedConnection> WakeAsync(Cid cid, ulong wakeId = 0x1122334455667788)
    {
        Server.Udp.SendWake(cid, wakeId);
        (await Server.Udp.WakeAckAsync()).WakeIdHead.ShouldBe(WakeAck.HeadOf(wakeId));
        var woken = await Server.WokenAsync();
        woken.WakeId.ShouldBe(wakeId);
        return woken;
    }

    /// <summary>Carries one request from an issuer's connection to a device's, and its answer back, as a server does.</summary>
    public static async Task<(byte[] Connect1, byte[] Answer)> CarryAsync(ScriptedConnection issuer, ScriptedConnection device, ulong requestId)
    {
        byte[] connect1 = await issuer.ReceiveAsync(InnerType.Connect1);
        await device.SendAsync(InnerType.Connect2, issuer.ToConnect2(connect1, requestId));
        byte[] content = await device.ReceiveAsync(InnerType.Answer);
        Answer.TryParse(content, out var answer).ShouldBe(RejectReason.None);
        answer.RequestId.ShouldBe(requestId);
        await issuer.SendResultAsync(connect1, answer.Status == AnswerStatus.Accepted ? ResultStatus.Accepted : ResultStatus.Unavailable, answer.Verdict.ToArray());
        return (connect1, content);
    }

    /// <summary>A connection through the whole path.</summary>
    public async Task<(RelayStream Issuer, Device Device)> ConnectAsync()
    {
        var (device, session) = await RegisteredDeviceAsync();
        var connecting = Issuer().ConnectAsync(device.Id, Password);
        var issuerSide = await Server.IssuerAsync();
        await issuerSide.GiveDescriptorAsync(Server.Descriptor);
        var deviceSide = await WakeAsync(session.Cid);
        await CarryAsync(issuerSide, deviceSide, 1);
        var stream = await connecting.WaitAsync(TimeSpan.FromSeconds(10));
        _owned.Add(stream);
        return (stream, device);
    }

    public async ValueTask DisposeAsync()
    {
        for (int i = _owned.Count - 1; i >= 0; i--) await _owned[i].DisposeAsync();
        await Server.DisposeAsync();
        _directory.Dispose();
    }
}
