using System.Buffers;
using System.Security.Cryptography;
using FastRelay.Protocol.Records;
using FastRelay.Protocol.Tracing;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Handshake;

/// <summary>
/// The server's side of a handshake (SPEC 4): bytes and the present time in, bytes and a status out. No I/O, no clock.
/// The order is that of claims 4, 15, 19 and 30, on the first TCP connection (role 1) as on the second (role 3):
/// <code>
/// 1  HELLO     ←  the first / second TCP connection start signal       [RETRY → under load, and 1 again]
/// 2  CERT      →  the server certificate information
/// 3  CKEY      ←  the first / third common key generation information, made in response to 2
/// 4  SKEY      →  the second / fourth, made in response to 3; both sides now have the common key for communication
/// 5  SIG, FIN  →  the server owns the certificate and has seen this very exchange
/// 6  OBSERVED  →  under the common key
/// 7  [CLIENT_ID, SIG] FIN  ←  only now may a request come, or a second connection request signal go
/// </code>
/// Nothing dear happens early: the point, the agreement and the signature come after a valid CKEY.
/// Used by one thread at a time.
/// </summary>
public sealed class ServerHandshake : IDisposable
{
    /// <summary>The one version of the protocol.</summary>
    public const byte Version = 1;

    private readonly ServerHandshakeSettings _settings;
    private readonly TransportAddress _client;
    private readonly ISignalObserver? _observer;
    private State _state = State.AwaitHello;
    private bool _cookieDemanded;
    private bool _retried;
    private bool _holdsChain;
    private ServerCredential? _credential;
    private CipherSuite _suite = CipherSuite.P256;
    private HandshakeKeys? _keys;
    private byte[] _clientPoint = [];

    /// <summary>A handshake on an accepted connection.</summary>
    /// <param name="settings">Shared by all handshakes.</param>
    /// <param name="client">The connection's source, told to the client in OBSERVED.</param>
    /// <param name="demandCookie">Whether the server is under such load that a client must first come back with a cookie (SPEC 4.10).</param>
    /// <param name="observer">Is told of each message.</param>
    public ServerHandshake(ServerHandshakeSettings settings, TransportAddress client, bool demandCookie = false, ISignalObserver? observer = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _settings = settings;
        _client = client;
        _cookieDemanded = demandCookie;
        _observer = observer;
    }

    private enum State
    {
        AwaitHello,
        DiscardKeyOfRetriedHello,
        AwaitEarlyKey,
        AwaitClientKey,
        AwaitIdentity,
        AwaitSignature,
        AwaitFinished,
        Completed,
        Failed,
    }

    /// <summary>
    /// Asked once, when a HELLO is good and nothing dear has been done for it: null lets it in, an ALERT refuses it (SPEC 4.11). Null admits all.
    /// </summary>
    public Func<HelloStanding, Alert?>? Admit { get; init; }

    /// <summary>Whether a RETRY was sent.</summary>
    public bool HasRetried => _retried;

    /// <summary>Whether an ALERT can still be sent: it comes in place of CERT.</summary>
    public bool CanAlert => _state is State.AwaitHello or State.DiscardKeyOfRetriedHello or State.AwaitEarlyKey;

    /// <summary>Why it failed.</summary>
    public RejectReason Reason { get; private set; }

    /// <summary>Longest payload that a frame may have now (SPEC 4.1).</summary>
    public int MaxPayload => _state == State.Completed ? FrameHeader.MaxPayloadAuthenticated : FrameHeader.MaxPayloadToServer;

    /// <summary>What the client came for; <see cref="ConnectionRole.None"/> before HELLO.</summary>
    public ConnectionRole Role { get; private set; }

    /// <summary>The wake that a client of role 3 answers. Believed only once completed.</summary>
    public ulong WakeId { get; private set; }

    /// <summary>
    /// The device whose ticket the HELLO showed (SPEC 4.12); null before HELLO, without a ticket, and with one that isn't good. Only good for deciding
    /// whom to serve first: a HELLO can be copied, and who the client is is told by <see cref="ClientId"/> alone.
    /// </summary>
    public DeviceId? TicketDevice { get; private set; }

    /// <summary>The ID of the key with which a client of role 2 or 3 signed; null for role 1 and before completion.</summary>
    public DeviceId? ClientId { get; private set; }

    /// <summary>That key, 65 bytes; empty for role 1 and before completion.</summary>
    public ReadOnlyMemory<byte> ClientPublicKey { get; private set; }

    internal ReadOnlySpan<byte> CommonKey => _keys is null ? default : _keys.CommonKey;

    /// <summary>Writes an ALERT (SPEC 4.11): to refuse a connection instead of, or during, its handshake before CERT. Close after it.</summary>
    public static void WriteAlert(AlertReason reason, ushort retryAfterSeconds, IBufferWriter<byte> output)
    {
        Span<byte> payload = stackalloc byte[Alert.Size];
        new Alert(reason, retryAfterSeconds).Write(payload);
        FrameWriter.Write(output, FrameType.Alert, payload);
    }

    /// <summary>Whether a frame of this type costs curve operations now: what a server under load lets wait for its turn.</summary>
    public bool IsDear(byte type) => (_state, type) switch
    {
        (State.AwaitEarlyKey, FrameType.ClientKey) => _holdsChain,
        (State.AwaitClientKey, FrameType.ClientKey) => true,
        (State.AwaitSignature, FrameType.Record) => true,
        _ => false,
    };

    /// <summary>Takes one frame and writes what answers it.</summary>
    /// <param name="type">The frame's type.</param>
    /// <param name="payload">The frame's payload.</param>
    /// <param name="now">The present time, for cookies.</param>
    /// <param name="output">Where frames go.</param>
    public HandshakeStatus Process(byte type, ReadOnlySpan<byte> payload, DateTimeOffset now, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (payload.Length > MaxPayload) return Fail(RejectReason.TooLong);
        return (_state, type) switch
        {
            (State.AwaitHello, FrameType.Hello) => OnHello(payload, now, output),
            (State.DiscardKeyOfRetriedHello, FrameType.ClientKey) => Go(State.AwaitHello),
            (State.AwaitEarlyKey, FrameType.ClientKey) => OnEarlyKey(payload, output),
            (State.AwaitClientKey, FrameType.ClientKey) => OnClientKey(payload, cached: false, output),
            (State.AwaitIdentity or State.AwaitSignature or State.AwaitFinished, FrameType.Record) => OnRecord(payload),
            _ => Fail(RejectReason.OutOfOrder),
        };
    }

    /// <summary>The channel, once, after <see cref="HandshakeStatus.Completed"/>. The caller disposes it, and this.</summary>
    public SecureChannel TakeChannel() =>
        _state == State.Completed ? _keys!.TakeChannel() : throw new InvalidOperationException("The handshake isn't completed.");

    /// <summary>Clears the secrets and gives the credential back.</summary>
    public void Dispose()
    {
        ReleaseCredential();
        _keys?.Dispose();
    }

    // 1
    private HandshakeStatus OnHello(ReadOnlySpan<byte> payload, DateTimeOffset now, IBufferWriter<byte> output)
    {
        var reason = Hello.TryParse(payload, out var hello);
        if (reason != RejectReason.None) return Fail(reason);
        Role = hello.Role;
        WakeId = hello.WakeId;
        Observe(Signal.Hello, sent: false, FrameHeader.Size + payload.Length);
        if (hello.VersionMin > Version || hello.VersionMax < Version) return Refuse(AlertReason.NoCommonVersion, output);
        if (CipherSuite.Choose(_settings.Suites, hello.Suites) is not { } suite) return Refuse(AlertReason.NoCommonSuite, output);
        if (!hello.Ticket.IsEmpty) TicketDevice = _settings.Tickets?.Judge(hello, now);
        if (!hello.Cookie.IsEmpty || _cookieDemanded)
        {
            reason = _settings.NodeKeys.CheckCookie(now, _client.Ip, hello.BeforeCookie, hello.Cookie);
            if (reason != RejectReason.None) return _retried ? Fail(reason) : Retry(hello, now, output);
        }
        _suite = suite;
        _credential = _settings.Credentials.Lease();
        // Both hashes are public; there is nothing to hide in how long this takes.
        _holdsChain = hello.CachedCertificateHash.SequenceEqual(_credential.ChainHash.Span);
        if (Admit?.Invoke(new HelloStanding(_holdsChain, TicketDevice)) is { } alert) return Refuse(alert, output);
        _keys = new HandshakeKeys(suite, _settings.Crypto, isClient: false, _settings.MaxRecords);
        _keys.Enter(FrameType.Hello, payload);
        if (!hello.CachedCertificateHash.IsEmpty) return Go(State.AwaitEarlyKey);
        SendCertificate(cached: false, output);
        return Go(State.AwaitClientKey);
    }

    // 1, under load
    private HandshakeStatus Retry(in Hello hello, DateTimeOffset now, IBufferWriter<byte> output)
    {
        Span<byte> cookie = stackalloc byte[NodeKeys.CookieSize];
        _settings.NodeKeys.WriteCookie(now, _client.Ip, hello.BeforeCookie, cookie);
        Span<byte> payload = stackalloc byte[Wire.Retry.MaxSize];
        int size = new Retry(cookie).Write(payload);
        FrameWriter.Write(output, FrameType.Retry, payload[..size]);
        Observe(Signal.Retry, sent: true, FrameHeader.Size + size);
        _retried = true;
        _cookieDemanded = true;
        return Go(hello.CachedCertificateHash.IsEmpty ? State.AwaitHello : State.DiscardKeyOfRetriedHello);
    }

    // 2
    private void SendCertificate(bool cached, IBufferWriter<byte> output)
    {
        Span<byte> random = stackalloc byte[ServerCertificate.RandomSize];
        _settings.Entropy.Fill(random);
        var certificate = new ServerCertificate
        {
            Version = Version,
            VersionMax = Version,
            Suite = _suite.Number,
            Suites = (ushort)(_settings.Suites & CipherSuite.AllBits),
            ServerRandom = random,
            Chain = cached ? [] : _credential!.Chain.Span,
        };
        byte[] payload = ArrayPool<byte>.Shared.Rent(certificate.Size);
        int size = certificate.Write(payload);
        _keys!.Enter(FrameType.Certificate, payload.AsSpan(0, size));
        FrameWriter.Write(output, FrameType.Certificate, payload.AsSpan(0, size));
        ArrayPool<byte>.Shared.Return(payload);
        Observe(Signal.Certificate, sent: true, FrameHeader.Size + size);
    }

    // 3, from a client that named a chain: good only when it is ours and the point is on the suite's curve (SPEC 4.9)
    private HandshakeStatus OnEarlyKey(ReadOnlySpan<byte> payload, IBufferWriter<byte> output)
    {
        if (_holdsChain && payload.Length == _suite.PointSize) return OnClientKey(payload, cached: true, output);
        SendCertificate(cached: false, output);
        return Go(State.AwaitClientKey);
    }

    // 3 to 6
    private HandshakeStatus OnClientKey(ReadOnlySpan<byte> payload, bool cached, IBufferWriter<byte> output)
    {
        Span<byte> point = stackalloc byte[CipherSuite.MaxPointSize];
        point = point[.._suite.PointSize];
        Span<byte> z = stackalloc byte[CipherSuite.MaxFieldSize];
        z = z[.._suite.FieldSize];
        if (!_settings.Crypto.TryAgree(_suite, payload, point, z)) return Fail(RejectReason.BadPoint);
        Observe(Signal.ClientKey, sent: false, FrameHeader.Size + payload.Length);
        if (cached) SendCertificate(cached: true, output);
        _keys!.Enter(FrameType.ClientKey, payload);
        _keys.Enter(FrameType.ServerKey, point);
        FrameWriter.Write(output, FrameType.ServerKey, point);
        Observe(Signal.ServerKey, sent: true, FrameHeader.Size + point.Length);
        _keys.Agree(z);
        Span<byte> th = stackalloc byte[CipherSuite.MaxHashSize];
        th = th[.._keys.TranscriptHash(th)];
        Span<byte> signature = stackalloc byte[HandshakeSignature.MaxSize];
        int bytes = _keys.Send(InnerType.Signature, signature[.._credential!.Sign(_settings.Crypto, th, signature)], output);
        ReleaseCredential();
        Span<byte> finished = stackalloc byte[CipherSuite.MaxHashSize];
        bytes += _keys.Send(InnerType.Finished, finished[.._keys.Finished(ofClient: false, finished)], output);
        Observe(Signal.ServerFinished, sent: true, bytes);
        _keys.DeriveApplication();
        Span<byte> observed = stackalloc byte[Observed.Size];
        new Observed(_client).Write(observed);
        Observe(Signal.Observed, sent: true, _keys.SendApplication(InnerType.Observed, observed, output));
        return Go(Role == ConnectionRole.Issuer ? State.AwaitFinished : State.AwaitIdentity);
    }

    // 7
    private HandshakeStatus OnRecord(ReadOnlySpan<byte> payload)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(payload.Length);
        var text = buffer.AsSpan(0, payload.Length);
        payload.CopyTo(text);
        var reason = _keys!.Open(application: false, text, out byte type, out var content);
        if (reason == RejectReason.None)
        {
            reason = (_state, type) switch
            {
                (State.AwaitIdentity, InnerType.ClientIdentity) => OnIdentity(content),
                (State.AwaitSignature, InnerType.Signature) => OnSignature(content),
                (State.AwaitFinished, InnerType.Finished) => OnFinished(content, payload.Length),
                (State.AwaitIdentity, InnerType.Finished) or (State.AwaitFinished, InnerType.ClientIdentity) => RejectReason.BadRole,
                _ => RejectReason.OutOfOrder,
            };
        }
        CryptographicOperations.ZeroMemory(text);
        ArrayPool<byte>.Shared.Return(buffer);
        if (reason != RejectReason.None) return Fail(reason);
        return _state == State.Completed ? HandshakeStatus.Completed : HandshakeStatus.Continue;
    }

    private RejectReason OnIdentity(ReadOnlySpan<byte> content)
    {
        var reason = ClientIdentity.TryParse(content, out var identity);
        if (reason != RejectReason.None) return reason;
        _clientPoint = identity.Point.ToArray();
        _keys!.Enter(InnerType.ClientIdentity, content);
        Go(State.AwaitSignature);
        return RejectReason.None;
    }

    private RejectReason OnSignature(ReadOnlySpan<byte> content)
    {
        Span<byte> th = stackalloc byte[CipherSuite.MaxHashSize];
        th = th[.._keys!.TranscriptHash(th)];
        if (!HandshakeSignature.VerifyClient(_settings.Crypto, _clientPoint, th, content))
        {
            // Whoever checks a signature reads the point first; whether it was the point's fault is asked only for the reason.
            return _settings.Crypto.IsOnP256(_clientPoint) ? RejectReason.BadSignature : RejectReason.BadPoint;
        }
        _keys.Enter(InnerType.Signature, content);
        Go(State.AwaitFinished);
        return RejectReason.None;
    }

    private RejectReason OnFinished(ReadOnlySpan<byte> content, int payloadLength)
    {
        if (!_keys!.IsFinished(ofClient: true, content)) return RejectReason.BadFinished;
        if (_clientPoint.Length > 0)
        {
            ClientPublicKey = _clientPoint;
            ClientId = DeviceId.FromPublicKey(_clientPoint);
        }
        Observe(Signal.ClientFinished, sent: false, FrameHeader.Size + payloadLength);
        Go(State.Completed);
        return RejectReason.None;
    }

    private HandshakeStatus Refuse(AlertReason alert, IBufferWriter<byte> output)
    {
        WriteAlert(alert, retryAfterSeconds: 0, output);
        return Fail(RejectReason.NothingInCommon);
    }

    private HandshakeStatus Refuse(Alert alert, IBufferWriter<byte> output)
    {
        WriteAlert(alert.Reason, alert.RetryAfterSeconds, output);
        return Fail(RejectReason.Refused);
    }

    private HandshakeStatus Go(State state)
    {
        _state = state;
        return HandshakeStatus.Continue;
    }

    private HandshakeStatus Fail(RejectReason reason)
    {
        // The first reason stays: what comes after a failure is of no interest.
        if (_state != State.Failed) Reason = reason;
        _state = State.Failed;
        return HandshakeStatus.Failed;
    }

    private void ReleaseCredential()
    {
        _credential?.Release();
        _credential = null;
    }

    private void Observe(Signal signal, bool sent, int bytes) => _observer?.OnSignal(new SignalEvent(signal, sent, Role, bytes, _client));
}
