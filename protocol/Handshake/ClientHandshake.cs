using System.Buffers;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using FastRelay.Protocol.Heartbeat;
using FastRelay.Protocol.Records;
using FastRelay.Protocol.Tracing;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Handshake;

/// <summary>
/// The client's side of a handshake (SPEC 4): an issuer on the first TCP connection (role 1, claims 7, 22), a woken device on the
/// second (role 3, claims 11, 26), a registering device (role 2). Bytes and the present time in, bytes and a status out. No I/O, no clock.
/// The order is that of the claims:
/// <code>
/// 1  HELLO     →  the first / second TCP connection start signal       [RETRY ← and 1 again]
/// 2  CERT      ←  the server certificate information
/// 3  it is validated: name, time, path, key (SPEC 4.5); when it isn't valid nothing follows
/// 4  CKEY      →  the first / third common key generation information, made only now
/// 5  SKEY      ←  the second / fourth; both sides now have the common key for communication
/// 6  SIG, FIN  ←  the server owns the certificate and has seen this very exchange
/// 7  [CLIENT_ID, SIG] FIN  →  who this is, told to the proven server alone; then requests may go
/// 8  OBSERVED  ←  this side's address as the server sees it
/// </code>
/// With a chain from an earlier connection (SPEC 4.9) 2 has already happened: 3 comes first, at the present time, then 1 and 4 go
/// in one flight.
/// Used by one thread at a time.
/// </summary>
public sealed class ClientHandshake : IDisposable
{
    /// <summary>Longest time that a server may make a client wait by ALERT (SPEC 4.11).</summary>
    public static readonly TimeSpan MaxRetryAfter = TimeSpan.FromSeconds(300);

    private const byte MinVersion = 1;
    private const byte MaxVersion = 1;

    private readonly ClientHandshakeOptions _options;
    private readonly byte[] _random = new byte[Hello.RandomSize];
    private State _state = State.New;
    private ServerChain? _cached;
    private bool _retried;
    private byte[] _hello = [];
    private byte[] _clientPoint = [];
    private CipherSuite _suite = CipherSuite.P256;
    private ECDsa? _leafKey;
    private IEphemeralKey? _ephemeral;
    private HandshakeKeys? _keys;

    /// <summary>A handshake that <see cref="Start"/> begins.</summary>
    public ClientHandshake(ClientHandshakeOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        bool identifies = options.Role is ConnectionRole.Register or ConnectionRole.Wake;
        if (options.Role is < ConnectionRole.Issuer or > ConnectionRole.Wake) throw new ArgumentException("The role isn't one.", nameof(options));
        if (identifies != options.Identity is not null) throw new ArgumentException("Roles 2 and 3 have an identity key, role 1 has none.", nameof(options));
        if (options.Identity is { KeySize: not 256 }) throw new ArgumentException("The identity key must be on P-256.", nameof(options));
        if (options.Ticket.IsEmpty != options.TicketKeys is null) throw new ArgumentException("A ticket and its keys come together.", nameof(options));
        if (!options.Ticket.IsEmpty && !identifies) throw new ArgumentException("Role 1 shows no ticket.", nameof(options));
        if (options.Ticket.Length > Resume.MaxTicket) throw new ArgumentException("A ticket has at most 144 bytes.", nameof(options));
        if ((options.Suites & CipherSuite.AllBits) == 0) throw new ArgumentException("No suite is offered.", nameof(options));
        _options = options;
    }

    private enum State
    {
        New,
        AwaitCertificate,
        AwaitServerKey,
        AwaitSignature,
        AwaitFinished,
        AwaitObserved,
        Completed,
        Failed,
    }

    /// <summary>Why it failed.</summary>
    public RejectReason Reason { get; private set; }

    /// <summary>Which rule of SPEC 4.5 the server's chain broke, when <see cref="Reason"/> is <see cref="RejectReason.UntrustedCertificate"/>.</summary>
    public TrustFailure? TrustFailure { get; private set; }

    /// <summary>What the server said when it refused, when <see cref="Reason"/> is <see cref="RejectReason.Refused"/>. Not authenticated.</summary>
    public AlertReason? RefusedBecause { get; private set; }

    /// <summary>How long the server asks to be left alone, at most <see cref="MaxRetryAfter"/>. Not authenticated.</summary>
    public TimeSpan RetryAfter { get; private set; }

    /// <summary>Longest payload that a frame may have now (SPEC 4.1).</summary>
    public int MaxPayload => _state is State.AwaitObserved or State.Completed ? FrameHeader.MaxPayloadAuthenticated : FrameHeader.MaxPayloadToClient;

    /// <summary>This side's address as the server sees it, once completed.</summary>
    public TransportAddress Observed { get; private set; }

    /// <summary>The validated chain, to be kept for the next connection; null before completion.</summary>
    public ServerChain? ServerChain { get; private set; }

    internal ReadOnlySpan<byte> CommonKey => _keys is null ? default : _keys.CommonKey;

    /// <summary>Writes the first flight. Once.</summary>
    /// <param name="now">The present time, at which a chain from an earlier connection must be valid.</param>
    /// <param name="output">Where frames go.</param>
    public void Start(DateTimeOffset now, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (_state != State.New) throw new InvalidOperationException("The handshake has been started.");
        _options.Entropy.Fill(_random);
        if (_options.Cached is { } cached && (_options.Suites & cached.Suite.Bit) != 0 && _options.Policy.Validate(cached.Chain.Span, now, out _leafKey) is null)
        {
            _cached = cached;
        }
        SendHello(cookie: [], output);
        if (_cached is not null) SendClientKey(_cached.Suite, output);
        _state = State.AwaitCertificate;
    }

    /// <summary>Takes one frame and writes what answers it.</summary>
    /// <param name="type">The frame's type.</param>
    /// <param name="payload">The frame's payload.</param>
    /// <param name="now">The present time, at which the server's certificates must be valid.</param>
    /// <param name="output">Where frames go.</param>
    public HandshakeStatus Process(byte type, ReadOnlySpan<byte> payload, DateTimeOffset now, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (payload.Length > MaxPayload) return Fail(RejectReason.TooLong);
        return (_state, type) switch
        {
            (State.AwaitCertificate, FrameType.Certificate) => OnCertificate(payload, now, output),
            (State.AwaitCertificate, FrameType.Retry) => OnRetry(payload, now, output),
            (State.AwaitCertificate, FrameType.Alert) => OnAlert(payload),
            (State.AwaitServerKey, FrameType.ServerKey) => OnServerKey(payload),
            (State.AwaitSignature or State.AwaitFinished or State.AwaitObserved, FrameType.Record) => OnRecord(payload, output),
            _ => Fail(RejectReason.OutOfOrder),
        };
    }

    /// <summary>The channel, once, after <see cref="HandshakeStatus.Completed"/>. The caller disposes it, and this.</summary>
    public SecureChannel TakeChannel() =>
        _state == State.Completed ? _keys!.TakeChannel() : throw new InvalidOperationException("The handshake isn't completed.");

    /// <summary>Clears the secrets.</summary>
    public void Dispose()
    {
        _keys?.Dispose();
        _leafKey?.Dispose();
        _ephemeral?.Dispose();
    }

    // 1
    private void SendHello(ReadOnlySpan<byte> cookie, IBufferWriter<byte> output)
    {
        string name = _options.Policy.ServerName;
        var hello = new Hello
        {
            Role = _options.Role,
            VersionMin = MinVersion,
            VersionMax = MaxVersion,
            Suites = (ushort)(_options.Suites & CipherSuite.AllBits),
            ClientRandom = _random,
            CachedCertificateHash = _cached is null ? [] : _cached.Hash.Span,
            ServerName = IPAddress.TryParse(name, out _) ? [] : Encoding.ASCII.GetBytes(name),
            WakeId = _options.WakeId,
            Ticket = _options.Ticket.Span,
            Binder = stackalloc byte[_options.Ticket.IsEmpty ? 0 : Hello.BinderSize],
            Cookie = cookie,
        };
        Span<byte> payload = stackalloc byte[Hello.MaxSize];
        _hello = payload[..hello.Write(payload)].ToArray();
        if (_options.TicketKeys is { } keys) ResumeKeys.WriteBinder(keys.Root, _hello.AsSpan(0, hello.BinderAt), _hello.AsSpan(hello.BinderAt));
        FrameWriter.Write(output, FrameType.Hello, _hello);
        Observe(Signal.Hello, sent: true, FrameHeader.Size + _hello.Length);
    }

    // 1, once more
    private HandshakeStatus OnRetry(ReadOnlySpan<byte> payload, DateTimeOffset now, IBufferWriter<byte> output)
    {
        if (_retried) return Fail(RejectReason.OutOfOrder);
        var reason = Retry.TryParse(payload, out var retry);
        if (reason != RejectReason.None) return Fail(reason);
        _retried = true;
        Observe(Signal.Retry, sent: false, FrameHeader.Size + payload.Length);
        if (_cached is null)
        {
            SendHello(retry.Cookie, output);
            return HandshakeStatus.Continue;
        }
        // HELLO must stay as it was, so the chain it names must still be valid.
        if (!Trusts(_cached.Chain.Span, now)) return Fail(RejectReason.UntrustedCertificate);
        SendHello(retry.Cookie, output);
        SendClientKey(_cached.Suite, output);
        return HandshakeStatus.Continue;
    }

    private HandshakeStatus OnAlert(ReadOnlySpan<byte> payload)
    {
        var reason = Alert.TryParse(payload, out var alert);
        if (reason != RejectReason.None) return Fail(reason);
        RefusedBecause = alert.Reason;
        RetryAfter = TimeSpan.FromSeconds(Math.Min(alert.RetryAfterSeconds, MaxRetryAfter.TotalSeconds));
        return Fail(RejectReason.Refused);
    }

    // 2 to 4
    private HandshakeStatus OnCertificate(ReadOnlySpan<byte> payload, DateTimeOffset now, IBufferWriter<byte> output)
    {
        var reason = ServerCertificate.TryParse(payload, out var certificate);
        if (reason != RejectReason.None) return Fail(reason);
        Observe(Signal.Certificate, sent: false, FrameHeader.Size + payload.Length);
        if (certificate.Version is < MinVersion or > MaxVersion) return Fail(RejectReason.BadVersion);
        if (certificate.Version < Math.Min(MaxVersion, certificate.VersionMax)) return Fail(RejectReason.Downgrade);
        // The server's choice must be the best of both bitmaps (SPEC 4.4): not offered, not its own and too low are all caught here.
        if (CipherSuite.Choose(_options.Suites, certificate.Suites) is not { } best || best.Number != certificate.Suite) return Fail(RejectReason.Downgrade);
        if (certificate.IsCached && best != _cached?.Suite) return Fail(RejectReason.BadValue);
        _suite = best;
        if (certificate.IsCached)
        {
            ServerChain = _cached;
            EnterFirstFlight(payload);
            _keys!.Enter(FrameType.ClientKey, _clientPoint);
        }
        else
        {
            if (!Trusts(certificate.Chain, now)) return Fail(RejectReason.UntrustedCertificate);
            ServerChain = new ServerChain(certificate.Chain, best);
            EnterFirstFlight(payload);
            SendClientKey(best, output);
            _keys!.Enter(FrameType.ClientKey, _clientPoint);
        }
        _state = State.AwaitServerKey;
        return HandshakeStatus.Continue;
    }

    // 3
    private bool Trusts(ReadOnlySpan<byte> chain, DateTimeOffset now)
    {
        _leafKey?.Dispose();
        TrustFailure = _options.Policy.Validate(chain, now, out _leafKey);
        return TrustFailure is null;
    }

    private void EnterFirstFlight(ReadOnlySpan<byte> certificate)
    {
        _keys = new HandshakeKeys(_suite, _options.Crypto, isClient: true, _options.MaxRecords);
        _keys.Enter(FrameType.Hello, _hello);
        _keys.Enter(FrameType.Certificate, certificate);
    }

    // 4
    private void SendClientKey(CipherSuite suite, IBufferWriter<byte> output)
    {
        _ephemeral?.Dispose();
        _ephemeral = _options.Crypto.CreateEphemeral(suite);
        Span<byte> point = stackalloc byte[CipherSuite.MaxPointSize];
        _clientPoint = point[.._ephemeral.WritePoint(point)].ToArray();
        FrameWriter.Write(output, FrameType.ClientKey, _clientPoint);
        Observe(Signal.ClientKey, sent: true, FrameHeader.Size + _clientPoint.Length);
    }

    // 5
    private HandshakeStatus OnServerKey(ReadOnlySpan<byte> payload)
    {
        Span<byte> z = stackalloc byte[CipherSuite.MaxFieldSize];
        z = z[.._suite.FieldSize];
        if (!_ephemeral!.TryAgree(payload, z)) return Fail(RejectReason.BadPoint);
        Observe(Signal.ServerKey, sent: false, FrameHeader.Size + payload.Length);
        _keys!.Enter(FrameType.ServerKey, payload);
        _keys.Agree(z);
        _ephemeral!.Dispose();
        _ephemeral = null;
        _state = State.AwaitSignature;
        return HandshakeStatus.Continue;
    }

    // 6 to 8
    private HandshakeStatus OnRecord(ReadOnlySpan<byte> payload, IBufferWriter<byte> output)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(payload.Length);
        var text = buffer.AsSpan(0, payload.Length);
        payload.CopyTo(text);
        var reason = _keys!.Open(application: _state == State.AwaitObserved, text, out byte type, out var content);
        if (reason == RejectReason.None)
        {
            reason = (_state, type) switch
            {
                (State.AwaitSignature, InnerType.Signature) => OnSignature(content),
                (State.AwaitFinished, InnerType.Finished) => OnFinished(content, payload.Length, output),
                (State.AwaitObserved, InnerType.Observed) => OnObserved(content, payload.Length),
                _ => RejectReason.OutOfOrder,
            };
        }
        CryptographicOperations.ZeroMemory(text);
        ArrayPool<byte>.Shared.Return(buffer);
        if (reason != RejectReason.None) return Fail(reason);
        return _state == State.Completed ? HandshakeStatus.Completed : HandshakeStatus.Continue;
    }

    // 6
    private RejectReason OnSignature(ReadOnlySpan<byte> content)
    {
        Span<byte> th = stackalloc byte[CipherSuite.MaxHashSize];
        th = th[.._keys!.TranscriptHash(th)];
        if (!HandshakeSignature.Verify(_leafKey!, ofServer: true, th, content)) return RejectReason.BadSignature;
        _keys.Enter(InnerType.Signature, content);
        _state = State.AwaitFinished;
        return RejectReason.None;
    }

    // 6 and 7
    private RejectReason OnFinished(ReadOnlySpan<byte> content, int payloadLength, IBufferWriter<byte> output)
    {
        if (!_keys!.IsFinished(ofClient: false, content)) return RejectReason.BadFinished;
        Observe(Signal.ServerFinished, sent: false, FrameHeader.Size + payloadLength);
        _keys.Enter(InnerType.Finished, content);
        _keys.DeriveApplication();
        if (_options.Identity is { } identity) SendIdentity(identity, output);
        Span<byte> finished = stackalloc byte[CipherSuite.MaxHashSize];
        int bytes = _keys.Send(InnerType.Finished, finished[.._keys.Finished(ofClient: true, finished)], output);
        Observe(Signal.ClientFinished, sent: true, bytes);
        _state = State.AwaitObserved;
        return RejectReason.None;
    }

    // 7
    private void SendIdentity(ECDsa identity, IBufferWriter<byte> output)
    {
        Span<byte> point = stackalloc byte[EcPoint.P256Size];
        EcPoint.Write(identity, point);
        Span<byte> content = stackalloc byte[ClientIdentity.Size];
        new ClientIdentity(point).Write(content);
        _keys!.Send(InnerType.ClientIdentity, content, output);
        Span<byte> th = stackalloc byte[CipherSuite.MaxHashSize];
        th = th[.._keys.TranscriptHash(th)];
        Span<byte> signature = stackalloc byte[HandshakeSignature.MaxSize];
        _keys.Send(InnerType.Signature, signature[..HandshakeSignature.Sign(identity, ofServer: false, th, signature)], output);
    }

    // 8
    private RejectReason OnObserved(ReadOnlySpan<byte> content, int payloadLength)
    {
        var reason = Wire.Observed.TryParse(content, out var observed);
        if (reason != RejectReason.None) return reason;
        Observed = observed.Address;
        Observe(Signal.Observed, sent: false, FrameHeader.Size + payloadLength);
        _state = State.Completed;
        return RejectReason.None;
    }

    private HandshakeStatus Fail(RejectReason reason)
    {
        // The first reason stays: what comes after a failure is of no interest.
        if (_state != State.Failed) Reason = reason;
        _state = State.Failed;
        ServerChain = null;
        return HandshakeStatus.Failed;
    }

    private void Observe(Signal signal, bool sent, int bytes) =>
        _options.Observer?.OnSignal(new SignalEvent(signal, sent, _options.Role, bytes, _options.Server));
}
