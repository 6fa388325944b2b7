using System.Buffers;
using System.Net;
using System.Security.Cryptography;
using FastRelay.Engine.Streams;
using FastRelay.Protocol;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Records;
using FastRelay.Protocol.Tracing;
using FastRelay.Protocol.Wire;

namespace FastRelay.Equipment.Links;

/// <summary>
/// One TCP connection to the server, from the dial to the last message: the handshake (SPEC 4), then messages in records (SPEC 5, 6).
/// One reader at a time; any number of senders.
/// </summary>
internal sealed class ServerLink : IAsyncDisposable
{
    private readonly StreamConnection _connection;
    private readonly SecureChannel _channel;
    private readonly TimeProvider _time;
    private readonly SignalReporter _signals;
    private readonly SemaphoreSlim _sealing = new(1, 1);
    private byte[]? _buffer;
    private bool _disposed;

    private ServerLink(StreamConnection connection, ClientHandshake handshake, LinkSettings settings, ConnectionRole role)
    {
        _connection = connection;
        _channel = handshake.TakeChannel();
        _time = settings.Time;
        _signals = new SignalReporter(settings.Observer);
        Role = role;
        Observed = handshake.Observed;
    }

    public ConnectionRole Role { get; }

    /// <summary>This side's address as the server sees it (SPEC 6.1).</summary>
    public TransportAddress Observed { get; }

    /// <summary>The server's address as this connection reached it.</summary>
    public IPEndPoint Remote => _connection.RemoteAddress;

    /// <summary>The channel, for its exporter.</summary>
    public SecureChannel Channel => _channel;

    /// <summary>Why the server closed, when it said so.</summary>
    public CloseReason? Closed { get; private set; }

    /// <summary>Resolves, dials each address in turn until one answers, and shakes hands.</summary>
    /// <param name="settings">Where to, whom to trust, how long it may take.</param>
    /// <param name="role">What for.</param>
    /// <param name="identity">The device's identity key; null for an issuer.</param>
    /// <param name="wakeId">Of the wake that is answered.</param>
    /// <param name="dial">How to dial; null: from any port.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="EquipmentException">Network, TrustRefused, Limited or Protocol, told for a person.</exception>
    public static async Task<ServerLink> ConnectAsync(
        LinkSettings settings, ConnectionRole role, ECDsa? identity, ulong wakeId,
        Func<IPEndPoint, CancellationToken, ValueTask<ConnectOutcome>>? dial, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(settings.Timeout, settings.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        StreamConnection? connection = null;
        try
        {
            using var anchors = settings.Trust.LoadAnchors();
            connection = await DialAsync(settings, dial, either.Token);
            var ticket = identity is not null && settings.Ticket is { } held && held.IsLive(settings.Time.GetUtcNow()) ? held : null;
            using var ticketKeys = ticket?.CopyKeys();
            var options = new ClientHandshakeOptions
            {
                Role = role,
                Policy = new CertificatePolicy(anchors, settings.Server.CertificateName),
                Identity = identity,
                WakeId = wakeId,
                Suites = settings.Suites,
                Ticket = ticketKeys is null ? default : ticket!.Bytes,
                TicketKeys = ticketKeys,
                Cached = settings.Chain,
                Entropy = settings.Entropy,
                Server = TransportAddress.From(connection.RemoteAddress),
                Observer = settings.Observer,
            };
            using var handshake = new ClientHandshake(options);
            await ShakeHandsAsync(connection, handshake, settings, either.Token);
            if (settings.ReuseChain) settings.Chain = handshake.ServerChain;
            var link = new ServerLink(connection, handshake, settings, role);
            connection = null;
            return link;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw LinkFailure.NoAnswer(settings.Server);
        }
        finally
        {
            if (connection is not null)
            {
                connection.Abort();
                await connection.DisposeAsync();
            }
        }
    }

    /// <summary>Seals and sends one message.</summary>
    /// <exception cref="EquipmentException">The connection is gone (<see cref="EquipmentError.Network"/>).</exception>
    public async Task SendAsync(byte type, ReadOnlyMemory<byte> content, Signal signal, CancellationToken cancellationToken)
    {
        await _sealing.WaitAsync(cancellationToken);
        try
        {
            if (_disposed) throw LinkFailure.Lost();
            int bytes = _channel.Seal(type, content.Span, _connection.Output, (long)_time.GetElapsedTime(0).TotalMilliseconds);
            _signals.Sent(signal, Role, bytes, Remote);
            var flushed = await _connection.Output.FlushAsync(cancellationToken);
            if (flushed.IsCompleted) throw LinkFailure.Lost();
        }
        finally
        {
            _sealing.Release();
        }
    }

    /// <summary>The next message; null when the server ended the connection, see <see cref="Closed"/>.</summary>
    /// <exception cref="EquipmentException">The server broke the protocol (<see cref="EquipmentError.Protocol"/>).</exception>
    public async ValueTask<LinkMessage?> ReceiveAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await _connection.Input.ReadAsync(cancellationToken);
            var rest = read.Buffer;
            var status = FrameReader.TryRead(ref rest, FrameHeader.MaxPayloadAuthenticated, out var frame);
            if (status == FrameStatus.Frame)
            {
                var payload = CopyOf(frame.Payload);
                _connection.Input.AdvanceTo(rest.Start);
                if (Open(frame.Header, payload, out var message) != RejectReason.None) throw LinkFailure.Malformed();
                if (message.Type == InnerType.KeyUpdate) continue;
                if (message.Type != InnerType.Close) return message;
                if (Close.TryParse(message.Content.Span, out var close) == RejectReason.None) Closed = close.Reason;
                return null;
            }
            _connection.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (status == FrameStatus.Malformed) throw LinkFailure.Malformed();
            if (read.IsCompleted) return null;
        }
    }

    /// <summary>Tells the observer that a message came; the caller knows which it is.</summary>
    public void Report(Signal signal, in LinkMessage message) => _signals.Received(signal, Role, message.WireBytes, Remote);

    /// <summary>Says CLOSE and closes. No receive may be under way: <see cref="Abort"/> ends it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (await _sealing.WaitAsync(TimeSpan.Zero))
        {
            _channel.Seal(InnerType.Close, [(byte)CloseReason.Done], _connection.Output, (long)_time.GetElapsedTime(0).TotalMilliseconds);
        }
        else
        {
            // A sender that the server doesn't read from: it gives way when the connection is gone.
            _connection.Abort();
            await _sealing.WaitAsync();
        }
        _disposed = true;
        _sealing.Release();
        await _connection.DisposeAsync();
        _channel.Dispose();
        if (_buffer is null) return;
        ArrayPool<byte>.Shared.Return(_buffer, clearArray: true);
        _buffer = null;
    }

    /// <summary>Ends the connection without a word; a receive under way returns.</summary>
    public void Abort() => _connection.Abort();

    private static async Task<StreamConnection> DialAsync(
        LinkSettings settings, Func<IPEndPoint, CancellationToken, ValueTask<ConnectOutcome>>? dial, CancellationToken cancellationToken)
    {
        var options = new StreamConnectOptions { Timeout = settings.Timeout, TimeProvider = settings.Time };
        dial ??= (remote, token) => StreamConnector.ConnectAsync(remote, options, token);
        var last = default(ConnectOutcome);
        foreach (var endPoint in await settings.Server.ResolveAsync(cancellationToken))
        {
            last = await dial(endPoint, cancellationToken);
            if (last.IsConnected) return last.Connection;
        }
        throw LinkFailure.NotReached(settings.Server, last);
    }

    private static async Task ShakeHandsAsync(
        StreamConnection connection, ClientHandshake handshake, LinkSettings settings, CancellationToken cancellationToken)
    {
        handshake.Start(settings.Time.GetUtcNow(), connection.Output);
        await connection.Output.FlushAsync(cancellationToken);
        while (true)
        {
            var read = await connection.Input.ReadAsync(cancellationToken);
            var rest = read.Buffer;
            var status = FrameReader.TryRead(ref rest, handshake.MaxPayload, out var frame);
            if (status == FrameStatus.Frame)
            {
                var progress = handshake.Process(frame.Type, Contiguous(frame.Payload), settings.Time.GetUtcNow(), connection.Output);
                connection.Input.AdvanceTo(rest.Start);
                if (progress == HandshakeStatus.Failed) throw LinkFailure.Of(handshake, settings);
                await connection.Output.FlushAsync(cancellationToken);
                if (progress == HandshakeStatus.Completed) return;
                continue;
            }
            connection.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (status == FrameStatus.Malformed) throw LinkFailure.Malformed();
            if (read.IsCompleted) throw LinkFailure.ClosedInHandshake(settings.Server);
        }
    }

    private static ReadOnlySpan<byte> Contiguous(in ReadOnlySequence<byte> payload) =>
        payload.IsSingleSegment ? payload.FirstSpan : payload.ToArray();

    private Memory<byte> CopyOf(in ReadOnlySequence<byte> payload)
    {
        _buffer ??= ArrayPool<byte>.Shared.Rent(FrameHeader.MaxPayloadAuthenticated);
        payload.CopyTo(_buffer);
        return _buffer.AsMemory(0, (int)payload.Length);
    }

    private RejectReason Open(FrameHeader header, Memory<byte> payload, out LinkMessage message)
    {
        var reason = _channel.TryOpen(header, payload.Span, out byte type, out var content);
        message = new LinkMessage(type, payload[..content.Length], FrameHeader.Size + header.Length);
        return reason;
    }
}
