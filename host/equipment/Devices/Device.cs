using System.Net.NetworkInformation;
using System.Net.Sockets;
using FastRelay.Equipment.Devices;
using FastRelay.Equipment.Links;
using FastRelay.Equipment.State;
using FastRelay.Protocol;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Heartbeat;
using FastRelay.Protocol.Request;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FastRelay.Equipment;

/// <summary>
/// A request acceptance equipment (claims 8 to 11): it keeps itself registered at its server by heartbeats, is woken, compares the password,
/// dials the issuer and hands the accepted connection to <see cref="DeviceOptions.OnConnection"/>. It comes back by itself after a restart
/// of the server, a change of network, or sleep, until it is disposed.
/// </summary>
/// <example>
/// <code>
/// await using var device = await Device.StartAsync(new DeviceOptions
/// {
///     Server = ServerAddress.Parse("relay.example.org:4710"),
///     Trust = ServerTrust.Parse("sha256:…"),
///     DataDirectory = "/var/lib/fastrelay-device",
///     Password = password,
///     OnConnection = new ServiceForwarder(ServerAddress.Parse("127.0.0.1:22")).ServeAsync,
/// });
/// Console.WriteLine(device.Id);
/// await device.RegisteredAsync();
/// </code>
/// </example>
public sealed class Device : IAsyncDisposable
{
    /// <summary>Requests remembered against repetition for 300 s: 50 a second, at most 3 MiB.</summary>
    private const int RememberedRequests = 16_384;

    /// <summary>Requests by UDP that are being decided on; what comes above that is dropped, as if lost: the server sends again (SPEC 7.8).</summary>
    private const int FastRequestsAtOnce = 256;

    private static readonly TimeSpan NetworkSettles = TimeSpan.FromMilliseconds(500);

    private readonly DeviceOptions _options;
    private readonly DeviceStateFile _file;
    private readonly TimeProvider _time;
    private readonly IEntropy _entropy;
    private readonly ILogger _logger;
    private readonly SignalReporter _signals;
    private readonly Registrar _registrar;
    private readonly Resumer _resumer;
    private readonly TicketKeeper _tickets;
    private readonly RequestServer _requests;
    private readonly WakeConnections _wakes;
    private readonly Events _events;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private readonly ITimer _networkSettled;
    private readonly Task _running;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _networkChanged = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile DeviceCondition _condition = DeviceCondition.Registering;
    private TransportAddress? _observed;
    private EquipmentException? _lastError;
    private HeartbeatSession? _session;
    private volatile bool _moved;
    private int _disposed;

    private Device(DeviceOptions options, DeviceStateFile file, ILogger logger, TimeProvider time, IEntropy entropy)
    {
        _options = options;
        _file = file;
        _time = time;
        _entropy = entropy;
        _logger = logger;
        var observer = ObserverFaults.Isolate(options.Observer, logger);
        _signals = new SignalReporter(observer);
        var state = file.State;
        var settings = new LinkSettings
        {
            Server = options.Server,
            Trust = options.Trust,
            Timeout = options.ServerTimeout,
            ReuseChain = options.ReuseServerChain,
            Suites = options.OfferP384 ? CipherSuite.AllBits : CipherSuite.P256.Bit,
            Time = time,
            Entropy = entropy,
            Observer = observer,
        };
        // Until a registration says how the server is reached, nothing may be dialled.
        var nothing = new DialPolicy(default);
        var gate = new RequestGate(state.Id, state.Password!, nothing, entropy, options.SilentRefusals, RememberedRequests);
        _registrar = new Registrar(settings, state, gate, options);
        _resumer = new Resumer(state.Id, time, entropy, _signals, logger);
        _tickets = new TicketKeeper(new ReturnTicketFile(options.DataDirectory, $"{options.Server} {options.Trust}"), settings, time, logger);
        if (_tickets.Load(state) is { } ticket) _registrar.Restore(ticket);
        _requests = new RequestServer(state.Id, gate, options, time, entropy, _signals, logger);
        _wakes = new WakeConnections(new WakeFetcher(settings, state, _requests).FetchAsync, logger);
        _events = new Events(this);
        _networkSettled = time.CreateTimer(static s => ((Device)s!).OnNetworkChanged(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        NetworkChange.NetworkAddressChanged += OnNetworkAddressChanged;
        EquipmentLog.DeviceStarts(logger, state.Id, options.Server);
        _running = Task.Run(RunAsync);
    }

    /// <summary>The device's ID, which issuers ask for.</summary>
    public DeviceId Id => _file.State.Id;

    /// <summary>How the device is now.</summary>
    public DeviceStatus Status
    {
        get
        {
            lock (_gate) return new DeviceStatus(_condition, _observed?.ToIPEndPoint(), _requests.Connections, _lastError);
        }
    }

    /// <summary>Never used under the lock: a session reports under its own.</summary>
    private HeartbeatSession? CurrentSession
    {
        get { lock (_gate) return _session; }
    }

    /// <summary>Opens or makes the device's state and starts to register in the background.</summary>
    /// <param name="options">Checked here.</param>
    /// <param name="loggers">Null for no log. Event ids 2000 to 2999.</param>
    /// <param name="time">Null for the system's clock.</param>
    /// <param name="cancellationToken">Gives up starting; disposing ends the device later.</param>
    /// <exception cref="EquipmentException">An option isn't allowed, there is no password yet, or the state can't be used.</exception>
    public static Task<Device> StartAsync(
        DeviceOptions options, ILoggerFactory? loggers = null, TimeProvider? time = null, CancellationToken cancellationToken = default) =>
        StartAsync(options, loggers, time, SystemEntropy.Instance, cancellationToken);

    internal static async Task<Device> StartAsync(
        DeviceOptions options, ILoggerFactory? loggers, TimeProvider? time, IEntropy entropy, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var logger = (loggers ?? NullLoggerFactory.Instance).CreateLogger<Device>();
        var file = DeviceStateFile.Open(options.DataDirectory);
        try
        {
            // Stretching takes a good part of a second: not on the caller's thread.
            await Task.Run(() => PasswordSetting.Settle(file, options, logger, entropy), cancellationToken);
            return new Device(options, file, logger, time ?? TimeProvider.System, entropy);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Completes when the server answers the device's heartbeats: from then on the device can be reached.</summary>
    /// <exception cref="EquipmentException">
    /// The last try failed in a way that needs a person: the server isn't trusted, refuses the device or speaks another version. The device
    /// goes on trying all the same.
    /// </exception>
    public async Task RegisteredAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_condition == DeviceCondition.Online) return;
                ObjectDisposedException.ThrowIf(_condition == DeviceCondition.Stopped, this);
                if (_lastError is { Error: EquipmentError.TrustRefused or EquipmentError.Protocol or EquipmentError.Unavailable } error)
                    throw new EquipmentException(error.Error, error.Message, error);
                changed = _changed.Task;
            }
            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Says goodbye to the server, so that the device counts as offline at once, and ends the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        NetworkChange.NetworkAddressChanged -= OnNetworkAddressChanged;
        await _networkSettled.DisposeAsync();
        CurrentSession?.SayGoodbye();
        await _stopping.CancelAsync();
        await _running;
        await _wakes.DisposeAsync();
        await _requests.DisposeAsync();
        Change(DeviceCondition.Stopped, null, null);
        EquipmentLog.DeviceStops(_logger, Id);
        _tickets.Dispose();
        _file.Dispose();
        _stopping.Dispose();
    }

    /// <summary>The machine's addresses changed.</summary>
    internal void OnNetworkChanged()
    {
        EquipmentLog.NetworkChanged(_logger);
        _moved = true;
        CurrentSession?.OnNetworkChanged();
        TaskCompletionSource changed;
        lock (_gate)
        {
            changed = _networkChanged;
            _networkChanged = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        changed.TrySetResult();
    }

    /// <summary>Systems report a change in a burst, address by address: what counts is how it is when they are done.</summary>
    private void OnNetworkAddressChanged(object? sender, EventArgs e) => _networkSettled.Change(NetworkSettles, Timeout.InfiniteTimeSpan);

    /// <summary>Comes to the server, beats, and again, until the device is disposed (SPEC 7.4, 7.5, 7.9).</summary>
    private async Task RunAsync()
    {
        var backOff = new BackOff(_entropy);
        Registration? renewed = null;
        bool mayResume = true;
        try
        {
            while (true)
            {
                var registration = renewed ?? (mayResume ? await ResumeAsync(backOff) : null) ?? await RegisterAsync(backOff);
                renewed = null;
                (var end, renewed, bool answered) = await BeatAsync(registration);
                // Not before datagrams came back: a device whose UDP is blocked would shake hands for ever at the shortest wait.
                if (answered) backOff.Reset();
                if (renewed is not null) continue;
                EquipmentLog.SessionOver(_logger, end.Cause);
                Change(DeviceCondition.Registering, _observed, null);
                mayResume = answered && _tickets.Live is not null;
                if (end.Cause == SessionEndCause.Reset)
                    await Task.Delay(TimeSpan.FromMilliseconds(Jitter.ResetWaitMs(end.RetryAfterSeconds, _entropy)), _time, _stopping.Token);
                if (!answered || (end.Cause != SessionEndCause.Reset && !mayResume)) await BackOffAsync(backOff, retryAfter: 0);
            }
        }
        catch (OperationCanceledException)
        {
            renewed?.Dispose();
        }
    }

    /// <summary>Comes back with the ticket, if there is one; null when that didn't work, after the wait that comes before a registration.</summary>
    private async Task<Registration?> ResumeAsync(BackOff backOff)
    {
        while (_tickets.Live is { } ticket)
        {
            var outcome = await _resumer.ResumeAsync(ticket, _moved || ticket.IsPastHalf(_time.GetUtcNow()), _stopping.Token);
            if (outcome.Registration is { } registration)
            {
                EquipmentLog.Resumed(_logger, registration.Observed);
                return registration;
            }
            if (outcome.IsFull) EquipmentLog.ResumeRefused(_logger);
            else EquipmentLog.NotResumed(_logger);
            await BackOffAsync(backOff, outcome.RetryAfterSeconds);
            if (!outcome.IsFull) return null;
        }
        return null;
    }

    /// <summary>Tries until it works (SPEC 10.3).</summary>
    private async Task<Registration> RegisterAsync(BackOff backOff)
    {
        while (true)
        {
            int retryAfter = 0;
            try
            {
                var registration = await _registrar.RegisterAsync(_stopping.Token);
                EquipmentLog.Registered(_logger, registration.Observed, registration.Interval / 10.0);
                return registration;
            }
            catch (EquipmentException e)
            {
                retryAfter = (int)(e.RetryAfter?.TotalSeconds ?? 0);
                EquipmentLog.RegistrationFailed(_logger, e.Message);
                Change(DeviceCondition.Registering, _observed, e);
            }
#pragma warning disable CA1031 // a device that nobody watches must come back from whatever it is
            catch (Exception e) when (e is not OperationCanceledException)
            {
                EquipmentLog.Unexpected(_logger, e);
            }
#pragma warning restore CA1031
            await BackOffAsync(backOff, retryAfter);
        }
    }

    /// <summary>
    /// Waits as SPEC 10.3 says. When the network changes meanwhile, the reason to wait is likely gone: it counts from attempt 0 again, unless
    /// the server asked for the wait.
    /// </summary>
    private async Task BackOffAsync(BackOff backOff, int retryAfter)
    {
        var wait = backOff.Next(retryAfter);
        Task changed;
        lock (_gate) changed = _networkChanged.Task;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        var waiting = Task.Delay(wait, _time, over.Token);
        if (retryAfter == 0 && await Task.WhenAny(waiting, changed) == changed)
        {
            await over.CancelAsync();
            backOff.Reset();
            await Task.Delay(backOff.Next(), _time, _stopping.Token);
            return;
        }
        await waiting;
    }

    /// <summary>One session's heartbeats, until it ends or is replaced by a new registration shortly before its lifetime is over (SPEC 6.3).</summary>
    private async Task<(SessionEnd End, Registration? Renewed, bool Answered)> BeatAsync(Registration registration)
    {
        await using var session = OpenSession(registration);
        if (session is null) return (new SessionEnd(SessionEndCause.Silence), null, false);
        lock (_gate)
        {
            _session = session;
            _observed = registration.Observed;
        }
        using var over = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        var adopting = Task.CompletedTask;
        try
        {
            session.Start();
            adopting = AdoptAsync(session, registration, over.Token);
            var backOff = new BackOff(_entropy);
            var lifetime = registration.Lifetime * 0.9;
            while (true)
            {
                // A timer's longest wait is 49 days.
                var rest = Task.Delay(TimeSpan.FromTicks(Math.Min(lifetime.Ticks, TimeSpan.FromDays(30).Ticks)), _time, over.Token);
                if (await Task.WhenAny(session.Completion, rest) != rest)
                {
                    await over.CancelAsync();
                    return (await session.Completion, null, session.Answered.IsCompleted);
                }
                await rest;
                try
                {
                    // The old session goes on meanwhile, so the device stays reachable.
                    return (default, await _registrar.RegisterAsync(_stopping.Token), session.Answered.IsCompleted);
                }
                catch (EquipmentException e)
                {
                    lifetime = backOff.Next((int)(e.RetryAfter?.TotalSeconds ?? 0));
                    EquipmentLog.RegistrationFailed(_logger, e.Message);
                }
#pragma warning disable CA1031 // as above
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    lifetime = backOff.Next();
                    EquipmentLog.Unexpected(_logger, e);
                }
#pragma warning restore CA1031
            }
        }
        finally
        {
            lock (_gate) _session = null;
            await over.CancelAsync();
            await adopting;
        }
    }

    /// <summary>The session's ticket takes the place of the one before once the session is answered (SPEC 7.9): until then that one is needed.</summary>
    private async Task AdoptAsync(HeartbeatSession session, Registration registration, CancellationToken over)
    {
        bool moved = _moved;
        await session.Answered.WaitAsync(over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!session.Answered.IsCompleted || registration.Ticket is not { } ticket) return;
        registration.Ticket = null;
        bool isNew = _tickets.Live is not { } held || !held.Bytes.Span.SequenceEqual(ticket.Bytes.Span);
        _tickets.Adopt(ticket);
        // A change of network after that ticket came asks for another one.
        if (moved && isNew) _moved = false;
    }

    /// <summary>Null when the network went away between the registration and now.</summary>
    private HeartbeatSession? OpenSession(Registration registration)
    {
        try
        {
            return new HeartbeatSession(registration, _events, _time, _entropy, _signals, _logger);
        }
        catch (SocketException e)
        {
            EquipmentLog.HeartbeatNotSent(_logger, e.SocketErrorCode);
            registration.Dispose();
            return null;
        }
    }

    private void Change(DeviceCondition condition, TransportAddress? observed, EquipmentException? error)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            _condition = condition;
            _observed = observed;
            _lastError = error;
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        changed.TrySetResult();
    }

    /// <summary>What the session reports, apart from the public surface.</summary>
    private sealed class Events(Device device) : ISessionEvents
    {
        private readonly BoundedWork _deciding = new(FastRequestsAtOnce);

        public void OnAlive(TransportAddress? observed)
        {
            if (observed is null && device._condition == DeviceCondition.Online) return;
            device.Change(DeviceCondition.Online, observed ?? device._observed, null);
        }

        public void OnWake(ulong wakeId) => device._wakes.OnWake(wakeId);

        // Off the socket's loop: the decision takes three curve operations.
        public void OnFastRequest(HeartbeatSession session, byte[] connect2) => _deciding.TryRun(() => Serve(session, connect2));

        private void Serve(HeartbeatSession session, byte[] connect2)
        {
            try
            {
                var decision = device._requests.Decide(connect2);
                if (decision is null) return;
                if (!decision.Answer.IsEmpty) session.SendAnswer(decision.Answer.Span);
                device._requests.Serve(decision);
            }
#pragma warning disable CA1031 // one request must not end the device's work
            catch (Exception e)
            {
                EquipmentLog.Unexpected(device._logger, e);
            }
#pragma warning restore CA1031
        }
    }
}
