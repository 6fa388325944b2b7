using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using FastRelay.Engine.Streams;
using FastRelay.Equipment.Links;
using FastRelay.Equipment.Streams;
using FastRelay.Protocol;
using FastRelay.Protocol.EndToEnd;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Request;
using FastRelay.Protocol.Tracing;
using FastRelay.Protocol.Wire;
using Microsoft.Extensions.Logging;

namespace FastRelay.Equipment.Issuers;

/// <summary>
/// One first TCP connection (claims 5 to 7) and the listener on the port it was dialled from, which is where the server sees the issuer and
/// where devices come (SPEC 6.5). Carries many requests at once; it lives until its TCP connection is gone and its last request is over.
/// <code>
/// reader     DESCRIPTOR, RESULT → whoever waits for them            one task
/// listener   108 bytes → the request of that comm_id → ACCEPT        one task a connection, at most 64 without proof; the rest wait in the kernel
/// </code>
/// </summary>
internal sealed class IssuerLink : IAsyncDisposable
{
    /// <summary>How long a connection may take for its communication request (SPEC 9.3).</summary>
    private static readonly TimeSpan ProofTime = TimeSpan.FromSeconds(5);

    /// <summary>More than the issuer's timeout that RESULT may take (SPEC 10.2).</summary>
    private static readonly TimeSpan ResultMargin = TimeSpan.FromSeconds(2);

    private readonly IssuerOptions _options;
    private readonly LinkSettings _settings;
    private readonly ServerLink _server;
    private readonly SharedPortListener _listener;
    private readonly SignalReporter _signals;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _strangers;
    private readonly ConcurrentDictionary<uint, PendingRequest> _byReference = new();
    private readonly ConcurrentDictionary<CommId, PendingRequest> _byCommId = new();
    private readonly ConcurrentDictionary<DeviceId, TaskCompletionSource<byte[]>> _descriptors = new();
    private readonly Task _reading;
    private readonly Task _accepting;
    private readonly Lock _gate = new();
    private uint _reference;
    private int _users;
    private bool _lost;
    private int _disposed;

    private IssuerLink(IssuerOptions options, LinkSettings settings, ServerLink server, SharedPortListener listener, ILogger logger)
    {
        _options = options;
        _settings = settings;
        _server = server;
        _listener = listener;
        _signals = new SignalReporter(settings.Observer);
        _logger = logger;
        _strangers = new SemaphoreSlim(options.MaxUnprovenConnections, options.MaxUnprovenConnections);
        EquipmentLog.IssuerConnected(logger, server.Observed);
        _reading = Task.Run(ReadAsync);
        _accepting = Task.Run(AcceptAsync);
    }

    /// <summary>Whether its TCP connection is gone.</summary>
    public bool IsLost
    {
        get { lock (_gate) return _lost; }
    }

    /// <summary>Listens, dials the server from that port, shakes hands.</summary>
    public static async Task<IssuerLink> ConnectAsync(IssuerOptions options, LinkSettings settings, ILogger logger, CancellationToken cancellationToken)
    {
        SharedPortListener? listener = null;
        try
        {
            var server = await ServerLink.ConnectAsync(settings, ConnectionRole.Issuer, null, 0, DialAsync, cancellationToken);
            return new IssuerLink(options, settings, server, listener!, logger);
        }
        catch
        {
            if (listener is not null) await listener.DisposeAsync();
            throw;
        }

        async ValueTask<ConnectOutcome> DialAsync(IPEndPoint remote, CancellationToken token)
        {
            if (listener is not null) await listener.DisposeAsync();
            listener = Listen(options, settings, remote);
            return await listener.ConnectAsync(remote, new StreamConnectOptions { Timeout = settings.Timeout, TimeProvider = settings.Time }, token);
        }
    }

    /// <summary>Takes a use of the link, which keeps it open. False when it is gone.</summary>
    public bool TryUse()
    {
        lock (_gate)
        {
            if (_lost) return false;
            _users++;
            return true;
        }
    }

    /// <summary>Gives a use back; the last one closes a link that is gone.</summary>
    public async ValueTask LeaveAsync()
    {
        bool last;
        lock (_gate) last = --_users == 0 && _lost;
        if (last) await DisposeAsync();
    }

    /// <summary>Asks for a device's descriptor (SPEC 6.4): not yet verified, empty when the server has none. Asked at once by many, it is sent once.</summary>
    public async Task<byte[]> FetchDescriptorAsync(DeviceId device, CancellationToken cancellationToken)
    {
        var mine = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        var waiting = _descriptors.GetOrAdd(device, mine);
        if (ReferenceEquals(waiting, mine)) _ = AskForDescriptorAsync(device, mine);
        return await waiting.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Sends the question and ends it, when no answer comes in time, for all who share it: the next one asks anew.</summary>
    private async Task AskForDescriptorAsync(DeviceId device, TaskCompletionSource<byte[]> answer)
    {
        try
        {
            if (IsLost) FailAll(LinkFailure.Lost()); // lost between the caller's TryUse and the entry: nobody else would answer it
            byte[] content = new byte[DeviceId.Size];
            device.Write(content);
            await _server.SendAsync(InnerType.DescriptorGet, content, Signal.DescriptorGet, _stopping.Token); // no one caller's affair: others may wait for it
            await answer.Task.WaitAsync(_settings.Timeout, _settings.Time, _stopping.Token);
        }
#pragma warning disable CA1031 // whatever it is, those who wait are told
        catch (Exception e)
        {
            _descriptors.TryRemove(KeyValuePair.Create(device, answer));
            answer.TrySetException(e switch { TimeoutException => RequestFailure.ServerSilent(), OperationCanceledException => LinkFailure.Lost(), _ => e });
            _ = answer.Task.Exception; // whoever asked may have given up
        }
#pragma warning restore CA1031
    }

    /// <summary>Sends one request and waits for its RESULT, and, unless it is a PING, for the device.</summary>
    /// <returns>The accepted connection, which the caller owns, and what the server said; the connection is null for a PING.</returns>
    public async Task<(RelayStream? Stream, RequestResult Result)> RequestAsync(
        Descriptor descriptor, ReadOnlyMemory<byte> clientKey, RequestCapabilities capabilities, CancellationToken cancellationToken)
    {
        await using var pending = Open(descriptor, clientKey.Span, capabilities);
        try
        {
            await _server.SendAsync(InnerType.Connect1, Connect1Of(pending), Signal.FirstRequest, cancellationToken);
            return await WaitAsync(pending, isPing: capabilities.HasFlag(RequestCapabilities.Ping), cancellationToken);
        }
        finally
        {
            _byReference.TryRemove(pending.Reference, out _);
            _byCommId.TryRemove(pending.CommId, out _);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        lock (_gate) _lost = true;
        await _stopping.CancelAsync();
        await _listener.DisposeAsync();
        await _accepting;
        await _reading;
        FailAll(LinkFailure.Lost());
        await _server.DisposeAsync();
    }

    private static SharedPortListener Listen(IssuerOptions options, LinkSettings settings, IPEndPoint remote)
    {
        bool isV4 = remote.AddressFamily == AddressFamily.InterNetwork;
        var address = options.LocalAddress ?? (isV4 ? IPAddress.Any : IPAddress.IPv6Any);
        try
        {
            return SharedPortListener.Bind(new IPEndPoint(address, options.LocalPort), new StreamListenerOptions
            {
                TimeProvider = settings.Time,
                Pool = RelayBuffers.Pool,
                MaxUnreadBytes = RelayBuffers.MaxWaitingBytes,
                MaxUnsentBytes = RelayBuffers.MaxWaitingBytes,
            });
        }
        catch (SocketException e)
        {
            throw new EquipmentException(EquipmentError.Network,
                $"This machine can't listen at {new IPEndPoint(address, options.LocalPort)} ({e.SocketErrorCode}); choose another local address or port.", e);
        }
    }

    private PendingRequest Open(Descriptor descriptor, ReadOnlySpan<byte> clientKey, RequestCapabilities capabilities)
    {
        Span<byte> binding = stackalloc byte[SessionBinding.Size];
        SessionBinding.Compute(_server.Channel, descriptor.DeviceId, _server.Observed, binding);
        var session = IssuerSession.Create(
            descriptor, clientKey, binding, capabilities, [_server.Observed], _settings.Time.GetUtcNow(), _settings.Entropy);
        var pending = new PendingRequest(Interlocked.Increment(ref _reference), descriptor.DeviceId, session);
        _byReference[pending.Reference] = pending;
        _byCommId[pending.CommId] = pending;
        if (IsLost) pending.OnLinkLost(LinkFailure.Lost());
        return pending;
    }

    private byte[] Connect1Of(PendingRequest pending)
    {
        var connect1 = new Connect1
        {
            Ref = pending.Reference,
            Timeout = (ushort)(_options.RequestTimeout.TotalMilliseconds / 100),
            Device = pending.Device,
            Address = _server.Observed,
            E2E1 = pending.E2E1.Span,
        };
        byte[] content = new byte[connect1.Size];
        connect1.Write(content);
        return content;
    }

    private async Task<(RelayStream? Stream, RequestResult Result)> WaitAsync(PendingRequest pending, bool isPing, CancellationToken cancellationToken)
    {
        RequestResult result = default;
        try
        {
            // The device may be faster than the server's RESULT; its communication request says all that RESULT could.
            await Task.WhenAny(pending.Stream, pending.Result).WaitAsync(_options.RequestTimeout + ResultMargin, _settings.Time, cancellationToken);
            if (!pending.Stream.IsCompleted) result = await pending.Result;
        }
        catch (TimeoutException)
        {
            throw RequestFailure.ServerSilent();
        }
        if (isPing) return result is { Status: ResultStatus.Accepted, Verdict: Verdict.Yes } ? (null, result) : throw RequestFailure.Of(pending.Device, result);
        if (!pending.Stream.IsCompleted && (result.Status != ResultStatus.Accepted || result.Verdict is not null))
            throw RequestFailure.Of(pending.Device, result);
        try
        {
            var stream = await pending.Stream.WaitAsync(_options.CommunicationTimeout, _settings.Time, cancellationToken);
            pending.Taken = true;
            return (stream, result);
        }
        catch (TimeoutException)
        {
            throw RequestFailure.DidNotCome(pending.Device);
        }
    }

    private async Task ReadAsync()
    {
        var error = LinkFailure.Lost();
        try
        {
            while (await _server.ReceiveAsync(_stopping.Token) is { } message) OnMessage(message);
        }
        catch (EquipmentException e)
        {
            error = e;
            _server.Abort();
        }
        catch (OperationCanceledException)
        {
            // This side ends it.
        }
        EquipmentLog.IssuerLinkOver(_logger, _server.Closed?.ToString() ?? error.Message);
        bool unused;
        lock (_gate)
        {
            _lost = true;
            unused = _users == 0;
        }
        FailAll(error);
        // Not awaited: disposal waits for this very task.
        if (unused) _ = Task.Run(async () => await DisposeAsync());
    }

    private void OnMessage(in LinkMessage message)
    {
        switch (message.Type)
        {
            case InnerType.Descriptor when DescriptorReply.TryParse(message.Content.Span, out var reply) == RejectReason.None:
                _server.Report(Signal.Descriptor, message);
                if (_descriptors.TryRemove(reply.Device, out var waiting)) waiting.TrySetResult(reply.Descriptor.ToArray());
                break;
            case InnerType.Result when Result.TryParse(message.Content.Span, out var result) == RejectReason.None:
                _server.Report(Signal.Result, message);
                if (_byReference.TryGetValue(result.Ref, out var pending)) pending.OnResult(result);
                break;
            default:
                throw LinkFailure.Malformed();
        }
    }

    private void FailAll(EquipmentException error)
    {
        foreach (var pending in _byReference.Values) pending.OnLinkLost(error);
        foreach (var device in _descriptors.Keys)
        {
            if (!_descriptors.TryRemove(device, out var waiting)) continue;
            waiting.TrySetException(error);
            _ = waiting.Task.Exception; // whoever asked may have given up
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                // Above the limit the kernel's queue holds them: a burst of devices that were all asked for must not lose one.
                await _strangers.WaitAsync(_stopping.Token);
                if (await _listener.AcceptAsync(_stopping.Token) is not { } connection) return;
                _ = Task.Run(() => ProveAsync(connection));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            // Stopped, or the listening socket failed: requests under way time out, and the next one gets a new link.
            lock (_gate) _lost = true;
        }
    }

    /// <summary>Gives a connection 5 s for the 108 bytes (SPEC 9.3), accepts the communication, and closes without a word otherwise.</summary>
    private async Task ProveAsync(StreamConnection connection)
    {
        RelayStream? stream = null;
        bool delivered = false;
        try
        {
            connection.SetDeadline(ProofTime);
            byte[] commReq = new byte[CommReq.Size];
            if (!await ReadExactlyAsync(connection, commReq)) return;
            PendingRequest? pending = null;
            var reason = CommReq.TryParse(commReq, out var message);
            if (reason == RejectReason.None && !_byCommId.TryGetValue(message.CommId, out pending)) reason = RejectReason.UnknownSession;
            if (pending is not null) stream = pending.TryAccept(commReq, connection, _signals, _settings.Time, out reason);
            if (stream is null)
            {
                EquipmentLog.StrangerClosed(_logger, reason);
                return;
            }
            _signals.Received(Signal.CommunicationRequest, ConnectionRole.None, CommReq.Size, connection.RemoteAddress);
            await stream.SendAcceptAsync(_stopping.Token);
            connection.ClearDeadline();
            delivered = pending!.TryDeliver(stream);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            EquipmentLog.StrangerClosed(_logger, RejectReason.TooShort);
        }
        finally
        {
            _strangers.Release();
            if (!delivered)
            {
                connection.Abort();
                if (stream is not null) await stream.DisposeAsync();
                else await connection.DisposeAsync();
            }
        }
    }

    private async Task<bool> ReadExactlyAsync(StreamConnection connection, byte[] destination)
    {
        while (true)
        {
            var read = await connection.Input.ReadAsync(_stopping.Token);
            if (read.Buffer.Length >= destination.Length)
            {
                var wanted = read.Buffer.Slice(0, destination.Length);
                wanted.CopyTo(destination);
                connection.Input.AdvanceTo(wanted.End);
                return true;
            }
            connection.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted) return false;
        }
    }
}
