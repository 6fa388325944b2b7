using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using FastRelay.Engine.Streams;
using FastRelay.Engine.Tables;
using FastRelay.Engine.Timing;
using FastRelay.Protocol;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Request;
using FastRelay.Protocol.Tracing;
using FastRelay.Server.Connections;
using FastRelay.Server.Crypto;
using FastRelay.Server.Data;
using FastRelay.Server.Devices;
using FastRelay.Server.Http;
using FastRelay.Server.Limits;
using FastRelay.Server.Logging;
using FastRelay.Server.Metrics;
using FastRelay.Server.Options;
using FastRelay.Server.Requests;
using FastRelay.Server.Tickets;
using Microsoft.Extensions.Logging;

namespace FastRelay.Server;

/// <summary>
/// The server apparatus: keeps the list of equipment fed by heartbeats, takes issuers' requests, wakes devices and passes the requests on.
/// One TCP port and the UDP port of the same number. Thread-safe.
/// </summary>
public sealed class RelayServer : IAsyncDisposable, IServerHealth
{
    /// <summary>What clients wait at most when they are told to come back later (SPEC 10.3).</summary>
    private const int LongestReturnSeconds = 300;

    /// <summary>What devices wait at most after a RESET (SPEC 7.5).</summary>
    private const int LongestResetSeconds = 60;

    private readonly RelayServerOptions _options;
    private readonly ServerEvents _events;
    private readonly DataDirectory _data;
    private readonly NodeKeys _nodeKeys;
    private readonly TicketKeyStore _ticketKeys;
    private readonly TicketOffice _tickets;
    private readonly IConnectionCrypto _crypto;
    private readonly ServerCertificates _certificates;
    private readonly CertificateRenewal _renewal;
    private readonly DescriptorStore _descriptors;
    private readonly DeviceShards _shards;
    private readonly Admission _admission;
    private readonly HandshakeQueue _queue;
    private readonly ReturnSpread _spread;
    private readonly ConnectionAcceptor _acceptor;
    private readonly Task _accepting;
    private readonly ServerMetrics _metrics;
    private readonly PrometheusExposition _exposition;
    private readonly Lock _gate = new();
    private OperatorEndpoint? _http;
    private Task? _stopped;
    private volatile bool _ready;

    private RelayServer(RelayServerOptions options, ILoggerFactory logs, TimeProvider time, ISignalObserver? observer, IEntropy entropy)
    {
        _options = options;
        observer = IsolatedObserver.Of(observer, e => _events!.ObserverFailed(e));
        _events = new ServerEvents(logs.CreateLogger("FastRelay.Server"), time);
        _data = DataDirectory.Open(options.DataDirectory);
        try
        {
            _crypto = ConnectionCrypto.Create(entropy, _events);
            _nodeKeys = OpenNodeKeys(_data, _crypto);
            _certificates = ServerCertificates.Open(_data, options.Certificate, time.GetUtcNow());
            _renewal = new CertificateRenewal(_certificates, options.Names, _events, time);
            Counters = new ServerCounters();
            _ticketKeys = new TicketKeyStore(_data, _nodeKeys, options.Heartbeat, _events, entropy, time);
            _tickets = new TicketOffice(_ticketKeys, entropy, Counters);
            _admission = new Admission(options.Limits, entropy, time);
            _queue = new HandshakeQueue(
                options.Limits.HandshakesAtOnce > 0 ? options.Limits.HandshakesAtOnce : Environment.ProcessorCount, options.Limits.HandshakesWaiting);
            _spread = new ReturnSpread(options.Limits.HandshakeCapacity, options.Limits.RetryAfter, LongestReturnSeconds, time);
            _metrics = new ServerMetrics(Counters, () => _admission.Connections, () => _admission.HalfOpen, () => _queue.Waiting, KernelDropped);
            _exposition = new PrometheusExposition(_metrics.Meter);

            var pending = new PendingRequests();
            var trace = new SignalTrace(observer);
            _descriptors = OpenDescriptors(_data, options, time);
            _shards = MakeShards(options, pending, trace, entropy, time);
            var listener = Bind(options.Listen, _shards, logs, time);
            EndPoint = listener.LocalEndPoint;
            Devices = new DevicePlane(_shards, _descriptors, _events);
            var roles = MakeRoles(Devices, pending, entropy, time);
            var settings = new ServerHandshakeSettings
            {
                Credentials = _renewal.Credentials,
                NodeKeys = _nodeKeys,
                Tickets = _tickets,
                Suites = options.Suites == SuitePolicy.P256 ? CipherSuite.P256.Bit : CipherSuite.AllBits,
                Entropy = entropy is SystemEntropy ? new SharedEntropy(entropy) : entropy,
                Crypto = _crypto,
            };
            _acceptor = new ConnectionAcceptor(listener, _admission, _queue, _spread, settings, roles, options, Counters, _events, observer, time);
            _shards.Start();
            _accepting = _acceptor.RunAsync();
        }
        catch
        {
            ReleaseWhatWasMade();
            throw;
        }
    }

    /// <summary>Where it listens; the port is the real one when port 0 was asked for.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Where health, readiness and metrics are; null when they aren't served.</summary>
    public IPEndPoint? HttpEndPoint => _http?.EndPoint;

    /// <summary>What clients that trust a fingerprint are given: <c>sha256:</c> and 64 hex digits, of the authority's certificate.</summary>
    public string TrustFingerprint => _certificates.Fingerprint;

    /// <summary>The authority's certificate as a file, for clients that trust a file.</summary>
    public string CaCertificatePath => _certificates.AuthorityPath;

    /// <summary>What the server has counted so far, live.</summary>
    public ServerCounters Counters { get; }

    /// <summary>TCP connections now.</summary>
    public int OpenConnections => _admission.Connections;

    /// <summary>The shards and their loops.</summary>
    internal DeviceShards Shards => _shards;

    /// <summary>Those of them whose handshake isn't over.</summary>
    internal int HalfOpenConnections => _admission.HalfOpen;

    /// <summary>The equipment list as connections see it.</summary>
    internal IDevicePlane Devices { get; }

    /// <inheritdoc/>
    public bool IsHealthy => !_shards.HasDied && !_accepting.IsFaulted;

    /// <inheritdoc/>
    public bool IsReady => _ready && IsHealthy;

    /// <summary>Completes when the server has stopped; faults when one of its loops has died.</summary>
    public Task Completion => Task.WhenAny(_accepting, _shards.Completion).Unwrap();

    /// <summary>Starts a server.</summary>
    /// <param name="options">Validated here.</param>
    /// <param name="logs">Where it logs.</param>
    /// <param name="time">Its clock; null for the system's.</param>
    /// <param name="observer">Is told of each signal of the TCP plane, and of WAKE and CONNECT2_FAST.</param>
    /// <param name="entropy">Its randomness; null for the system's.</param>
    /// <param name="cancellation">Gives up starting.</param>
    /// <exception cref="OptionException">An option isn't allowed.</exception>
    /// <exception cref="DataDirectoryException">The data directory can't be used.</exception>
    /// <exception cref="SocketException">The address can't be bound.</exception>
    /// <exception cref="IOException">The HTTP address can't be bound.</exception>
    public static async Task<RelayServer> StartAsync(
        RelayServerOptions options, ILoggerFactory logs, TimeProvider? time = null, ISignalObserver? observer = null, IEntropy? entropy = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(logs);
        if (options.Validate() is { Count: > 0 } errors) throw new OptionException(errors);
        var server = new RelayServer(options, logs, time ?? TimeProvider.System, observer, entropy ?? SystemEntropy.Instance);
        try
        {
            await server.StartHttpAsync(logs, cancellation);
            server._ready = true;
            server._events.AeadChosen(WorkerAead.Name);
            server._events.Started(server.EndPoint, server.TrustFingerprint);
            server.WatchLoops();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Stops: not ready at once, no new connection, a word to each open one, at most <see cref="DeadlineOptions.Stop"/> for them to end;
    /// then the datagram loop. Further calls wait for the same stop.
    /// </summary>
    public Task StopAsync(CancellationToken cancellation = default)
    {
        lock (_gate) _stopped ??= StopOnceAsync();
        return _stopped.WaitAsync(cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task StopOnceAsync()
    {
        _ready = false;
        _events.Stopping(_admission.Connections);
        await _acceptor.StopAsync(_options.Deadlines.Stop);
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _shards.DisposeAsync();
        if (_http is not null) await _http.DisposeAsync();
        await _renewal.DisposeAsync();
        await _ticketKeys.DisposeAsync();
        ReleaseWhatWasMade();
        _events.Stopped();
    }

    private long KernelDropped() => _shards.KernelDropped;

    /// <summary>Also of a server whose making failed halfway.</summary>
    private void ReleaseWhatWasMade()
    {
        _renewal?.Stop();
        _ticketKeys?.Stop();
        _tickets?.Dispose();
        _shards?.Release();
        _descriptors?.Dispose();
        _exposition?.Dispose();
        _metrics?.Dispose();
        _nodeKeys?.Dispose();
        (_crypto as IDisposable)?.Dispose();
        _data.Dispose();
    }

    private async Task StartHttpAsync(ILoggerFactory logs, CancellationToken cancellation)
    {
        if (_options.Http is null) return;
        _http = await OperatorEndpoint.StartAsync(_options.Http, this, _exposition, logs, cancellation);
        _events.HttpStarted(_http.EndPoint);
    }

    private void WatchLoops()
    {
        _ = _shards.Completion.ContinueWith(
            t => _events.DatagramsDied(t.Exception!), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        _ = _accepting.ContinueWith(
            t => _events.AcceptingDied(t.Exception!), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    private DeviceShards MakeShards(RelayServerOptions options, PendingRequests pending, SignalTrace trace, IEntropy entropy, TimeProvider time)
    {
        var map = new ShardMap(_nodeKeys, DeviceShards.NumberOf(options.Shards));
        var rhythm = new HeartbeatRhythm(options.Heartbeat);
        // What the limits of the node count is shared; everything else is each shard's own.
        var places = new Places(options.Limits.Devices, options.Limits.DevicesPerPrefix, entropy);
        var resets = new ResetLimits(options.Limits, entropy);
        var returns = new ReturnSpread(options.Limits.ResumeCapacity, 1, LongestResetSeconds, time);
        var wakes = new KeyedRateLimiter(new RateLimit(options.Limits.WakesPerDevice, 60_000, options.Limits.WakesPerDevice), entropy);
        return new DeviceShards(map, [.. Enumerable.Range(0, map.Shards).Select(number => MakeShard((byte)number))]);

        DeviceShard MakeShard(byte number)
        {
            var aead = WorkerAead.Create(_events);
            // The system's own costs microseconds a call. A test's stays what it is, call for call.
            var random = entropy is SystemEntropy ? new BufferedEntropy(entropy) : entropy;
            var counters = Counters.AddShard();
            var list = new EquipmentList(
                number, new SlotTable<DeviceSlot>(EquipmentList.SlotsFor(options.Limits.Devices)), places, _descriptors, rhythm, random, counters,
                new ShardClock(time).NowMs);
            var sender = new DeviceSender(rhythm, aead, _crypto, counters, time);
            return new DeviceShard(
                number, list,
                new WakeSender(list, sender, wakes, trace, counters),
                new FastSender(list, sender, trace),
                new ResetSender(resets, returns, _nodeKeys, random, counters),
                new ResumeReceiver(
                    number, map, list, () => _ticketKeys.Current, _nodeKeys, rhythm, options.Limits.RetryAfter, aead, WorkerAead.Create(events: null), _crypto, random, counters,
                    time),
                sender, aead, counters,
                (device, id, status, verdict) => pending.TryAnswer(device, id, new DeviceAnswer(status, verdict)));
        }
    }

    private ConnectionRoles MakeRoles(IDevicePlane plane, PendingRequests pending, IEntropy entropy, TimeProvider time)
    {
        var woken = new WokenDevices(entropy, time);
        var broker = new RequestBroker(plane, pending, woken, new FanOutLimits(_options.Limits, entropy, time), _options, time);
        return new ConnectionRoles(
            new IssuerRole(plane, broker, new DescriptorPace(_options.Limits, entropy, time), _options, Counters, _metrics, _events, entropy, time),
            new RegistrationRole(plane, _crypto, _nodeKeys, _tickets, _spread, _options, Counters, time),
            new WokenRole(plane, woken, pending, _options, time));
    }

    /// <summary>TCP and UDP on one number. With port 0 the number that TCP gets may be taken for UDP: then another is tried.</summary>
    private static StreamListener Bind(IPEndPoint bind, DeviceShards shards, ILoggerFactory logs, TimeProvider time)
    {
        for (int attempt = 0; ; attempt++)
        {
            // Nothing that connections' code awaits blocks a thread.
            var options = new StreamListenerOptions { TimeProvider = time, Continuations = StreamContinuations.Loop };
            var listener = StreamListener.Bind(bind, options, logs.CreateLogger("FastRelay.Engine.Streams"));
            try
            {
                shards.Bind(new IPEndPoint(bind.Address, listener.LocalEndPoint.Port), time, logs.CreateLogger("FastRelay.Engine.Datagrams"));
                return listener;
            }
            catch (SocketException e)
            {
                _ = listener.DisposeAsync().AsTask();
                if (bind.Port != 0 || e.SocketErrorCode != SocketError.AddressAlreadyInUse || attempt == 15) throw;
            }
        }
    }

    /// <summary>As many records as devices and as many again, for those that are away and may come back.</summary>
    private static DescriptorStore OpenDescriptors(DataDirectory data, RelayServerOptions options, TimeProvider time) =>
        DescriptorStore.Open(data.PathOf("descriptors"), 2 * options.Limits.Devices, options.Heartbeat.SessionLifetime, time);

    private static NodeKeys OpenNodeKeys(DataDirectory data, IConnectionCrypto crypto)
    {
        byte[] secret = data.ReadOrCreateRandom("node_secret", NodeKeys.SecretSize);
        byte[] id = data.ReadOrCreateRandom("node_id", sizeof(uint));
        try
        {
            return new NodeKeys(secret, System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(id), crypto);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }
}
