using System.Collections.Concurrent;
using FastRelay.Equipment.Issuers;
using FastRelay.Equipment.Links;
using FastRelay.Protocol;
using FastRelay.Protocol.EndToEnd;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Request;
using FastRelay.Protocol.Wire;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FastRelay.Equipment;

/// <summary>
/// A request issuance equipment (claims 5 to 7): asks the server for a device by its ID, awaits the device's communication request, accepts
/// it, and hands back the connection. Keeps one TCP connection to the server for as many requests as are open, and makes a new one when
/// the server has closed it. Thread-safe.
/// </summary>
/// <example>
/// <code>
/// await using var issuer = Issuer.Create(new IssuerOptions
/// {
///     Server = ServerAddress.Parse("relay.example.org:4710"),
///     Trust = ServerTrust.Parse("sha256:…"),
/// });
/// await using RelayStream stream = await issuer.ConnectAsync(deviceId, password, cancellationToken);
/// await stream.WriteAsync("hello"u8.ToArray(), cancellationToken);
/// await stream.CompleteWritesAsync(cancellationToken);
/// </code>
/// </example>
public sealed class Issuer : IAsyncDisposable
{
    /// <summary>Descriptors kept; then all are forgotten and fetched again.</summary>
    private const int MaxDescriptors = 1_024;

    private readonly IssuerOptions _options;
    private readonly LinkSettings _settings;
    private readonly ILogger _logger;
    private readonly ClientKeyCache _keys;
    private readonly ConcurrentDictionary<DeviceId, Descriptor> _descriptors = new();
    private readonly SemaphoreSlim _open;
    private readonly SemaphoreSlim _connecting = new(1, 1);
    private IssuerLink? _link;
    private int _disposed;

    private Issuer(IssuerOptions options, ILogger logger, TimeProvider time, IEntropy entropy)
    {
        _options = options;
        _logger = logger;
        _keys = new ClientKeyCache(entropy);
        _open = new SemaphoreSlim(options.MaxOpenRequests, options.MaxOpenRequests);
        _settings = new LinkSettings
        {
            Server = options.Server,
            Trust = options.Trust,
            Timeout = options.ServerTimeout,
            Suites = options.OfferP384 ? CipherSuite.AllBits : CipherSuite.P256.Bit,
            Time = time,
            Entropy = entropy,
            Observer = ObserverFaults.Isolate(options.Observer, logger),
        };
    }

    /// <summary>Makes an issuer. Nothing is dialled before the first request.</summary>
    /// <param name="options">Checked here.</param>
    /// <param name="loggers">Null for no log. Event ids 2000 to 2999.</param>
    /// <param name="time">Null for the system's clock.</param>
    /// <exception cref="EquipmentException">An option isn't allowed.</exception>
    public static Issuer Create(IssuerOptions options, ILoggerFactory? loggers = null, TimeProvider? time = null) =>
        Create(options, loggers, time, SystemEntropy.Instance);

    internal static Issuer Create(IssuerOptions options, ILoggerFactory? loggers, TimeProvider? time, IEntropy entropy)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return new Issuer(options, (loggers ?? NullLoggerFactory.Instance).CreateLogger<Issuer>(), time ?? TimeProvider.System, entropy);
    }

    /// <summary>Connects to a device.</summary>
    /// <param name="device">Its ID (<see cref="DeviceId.Parse"/> reads what a person typed).</param>
    /// <param name="password">Its password; null for none, which every device refuses.</param>
    /// <param name="cancellationToken">Gives the request up.</param>
    /// <returns>The connection, which the caller disposes.</returns>
    /// <exception cref="EquipmentException">It didn't work; <see cref="EquipmentException.Error"/> says in which way.</exception>
    public async Task<RelayStream> ConnectAsync(DeviceId device, string? password, CancellationToken cancellationToken = default)
    {
        var (stream, _) = await RequestAsync(device, password, RequestCapabilities.None, cancellationToken);
        return stream!;
    }

    /// <summary>Asks a device whether it is there and would accept the password; nothing is dialled.</summary>
    /// <inheritdoc cref="ConnectAsync"/>
    /// <returns>How long it took.</returns>
    public async Task<PingResult> PingAsync(DeviceId device, string? password, CancellationToken cancellationToken = default)
    {
        await PrepareAsync(device, password, cancellationToken);
        long started = _settings.Time.GetTimestamp();
        var (_, result) = await RequestAsync(device, password, RequestCapabilities.Ping, cancellationToken);
        return new PingResult(_settings.Time.GetElapsedTime(started), result.Waited);
    }

    /// <summary>Ends the connection to the server. Connections to devices go on; they are their takers'.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        await _connecting.WaitAsync();
        var link = _link;
        _link = null;
        _connecting.Release();
        if (link is not null) await link.DisposeAsync();
        _keys.Dispose();
    }

    /// <summary>Connection, descriptor and stretched password, so that a measurement has only the request in it.</summary>
    private async Task PrepareAsync(DeviceId device, string? password, CancellationToken cancellationToken)
    {
        var link = await UseLinkAsync(cancellationToken);
        try
        {
            await _keys.GetAsync(device, await DescriptorAsync(link, device, cancellationToken), password).WaitAsync(cancellationToken);
        }
        finally
        {
            await link.LeaveAsync();
        }
    }

    private async Task<(RelayStream? Stream, RequestResult Result)> RequestAsync(
        DeviceId device, string? password, RequestCapabilities capabilities, CancellationToken cancellationToken)
    {
        await _open.WaitAsync(cancellationToken);
        try
        {
            bool retriedLink = false;
            bool refetched = false;
            while (true)
            {
                var link = await UseLinkAsync(cancellationToken);
                Descriptor? descriptor = null;
                try
                {
                    descriptor = await DescriptorAsync(link, device, cancellationToken);
                    byte[] clientKey = await _keys.GetAsync(device, descriptor, password).WaitAsync(cancellationToken);
                    return await link.RequestAsync(descriptor, clientKey, capabilities, cancellationToken);
                }
                catch (EquipmentException e) when (e.Error == EquipmentError.Network && !retriedLink && link.IsLost)
                {
                    // The server closed an idle connection just when this request went out on it: once more, on a new one.
                    retriedLink = true;
                }
                catch (EquipmentException e) when (e.Error == EquipmentError.Stale && !refetched && descriptor is not null)
                {
                    // The device has another descriptor by now (SPEC 9.4, 3). When it hasn't, it is the clock.
                    refetched = true;
                    _descriptors.TryRemove(device, out _);
                    var fresh = await DescriptorAsync(link, device, cancellationToken);
                    if (fresh.Hash.SequenceEqual(descriptor.Hash)) throw;
                }
                finally
                {
                    await link.LeaveAsync();
                }
            }
        }
        finally
        {
            _open.Release();
        }
    }

    /// <summary>The device's descriptor, fetched once and verified against the ID (SPEC 8.2): the server can't put another in its place.</summary>
    private async Task<Descriptor> DescriptorAsync(IssuerLink link, DeviceId device, CancellationToken cancellationToken)
    {
        var now = _settings.Time.GetUtcNow();
        if (_descriptors.TryGetValue(device, out var known) && known.NotAfterUnixSeconds > (ulong)now.ToUnixTimeSeconds()) return known;
        byte[] bytes = await link.FetchDescriptorAsync(device, cancellationToken);
        if (bytes.Length == 0) throw RequestFailure.Unavailable(device);
        var reason = Descriptor.TryParse(bytes, out var descriptor);
        if (reason == RejectReason.None) reason = descriptor!.Verify(device, now);
        if (reason != RejectReason.None) throw RequestFailure.BadDescriptor(device);
        if (_descriptors.Count >= MaxDescriptors) _descriptors.Clear();
        return _descriptors[device] = descriptor!;
    }

    /// <summary>The living link, with a use taken; a new one when there is none.</summary>
    private async Task<IssuerLink> UseLinkAsync(CancellationToken cancellationToken)
    {
        await _connecting.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed != 0, this);
            if (_link is not null && _link.TryUse()) return _link;
            _link = await IssuerLink.ConnectAsync(_options, _settings, _logger, cancellationToken);
            return _link.TryUse() ? _link : throw LinkFailure.Lost();
        }
        finally
        {
            _connecting.Release();
        }
    }
}
