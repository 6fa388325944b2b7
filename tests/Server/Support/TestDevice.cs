using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using FastRelay.Protocol;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Heartbeat;
using FastRelay.Protocol.Request;
using FastRelay.Protocol.Wire;

namespace FastRelay.Server.Tests.Support;

/// <summary>A device made of the protocol library alone: registers by TCP, then sends and receives datagrams one by one as a test says.</summary>
internal sealed class TestDevice : IAsyncDisposable
{
    private static readonly DevicePassword Password = new(new byte[DevicePassword.SaltSize], DevicePassword.MinIterations, new byte[32]);
    private TestServer _server;
    private readonly IPAddress _from;
    private readonly byte[] _key = new byte[32];
    private readonly PlatformPacketAead _aead = new();
    private readonly Func<bool> _hasDatagram;
    private Socket _udp;
    private ulong _counter;
    private UInt128 _clientNonce;

    private TestDevice(TestServer server, IPAddress? from)
    {
        _server = server;
        _from = from ?? IPAddress.Loopback;
        Descriptor = Descriptor.Create(Identity, Agreement, Password, server.Time.GetUtcNow().AddYears(1));
        _udp = NewSocket();
        _hasDatagram = () => _udp.Available > 0;
    }

    public ECDsa Identity { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public ECDiffieHellman Agreement { get; } = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);

    public Descriptor Descriptor { get; }

    public DeviceId Id => Descriptor.DeviceId;

    public Registered Session { get; private set; }

    /// <summary>The keys of the ticket that came with the session; null before the first registration.</summary>
    public ResumeKeys? ResumeKeys { get; private set; }

    public ReadOnlySpan<byte> Key => _key;

    public PlatformPacketAead Aead => _aead;

    public TransportAddress Address => TransportAddress.From((IPEndPoint)_udp.LocalEndPoint!);

    public static TestDevice Create(TestServer server, IPAddress? from = null) => new(server, from);

    /// <summary>Registers and sends the first heartbeats, until it is online at a validated address.</summary>
    public static async Task<TestDevice> OnlineAsync(TestServer server, IPAddress? from = null)
    {
        var device = Create(server, from);
        (await device.RegisterAsync()).Status.ShouldBe(RegisterStatus.Registered);
        await device.ValidateAsync();
        return device;
    }

    public async Task<Registered> RegisterAsync()
    {
        await using var connection = await TestConnection.OpenAsync(_server, ConnectionRole.Register, Identity, from: _from);
        await connection.SendAsync(InnerType.Register, RegisterContent(Descriptor.Bytes));
        Registered.TryParse(await connection.ReceiveAsync(InnerType.Registered), out var registered).ShouldBe(RejectReason.None);
        (await connection.ReceiveAsync(InnerType.Close)).ShouldBe([(byte)CloseReason.Done]);
        if (registered.Status == RegisterStatus.Registered) Begin(registered, connection);
        return registered;
    }

    public static byte[] RegisterContent(ReadOnlySpan<byte> descriptor)
    {
        var register = new Register { Descriptor = descriptor };
        byte[] content = new byte[register.Size];
        register.Write(content);
        return content;
    }

    /// <summary>Heartbeats until the bound address is validated (SPEC 7.6).</summary>
    public async Task ValidateAsync()
    {
        var ack = await BeatAsync();
        ack.Challenge.ShouldNotBeNull();
        ack = await BeatAsync(echo: ack.Challenge);
        ack.Challenge.ShouldBeNull();
    }

    /// <summary>Sends a heartbeat that wants its ACK, and takes it.</summary>
    public async Task<Ack> BeatAsync(uint? echo = null, bool isLong = false)
    {
        await SendAsync(Heartbeat(ackWanted: true, echo, isLong: isLong));
        return OpenAck(await ReceiveAsync());
    }

    public byte[] Heartbeat(bool ackWanted = false, uint? echo = null, bool goodbye = false, bool isLong = false)
    {
        var heartbeat = new Heartbeat { Cid = Session.Cid, Counter = ++_counter, AckWanted = ackWanted, Echo = echo, Goodbye = goodbye, IsLong = isLong };
        byte[] datagram = new byte[heartbeat.Size];
        heartbeat.Seal(datagram, _key, _aead);
        return datagram;
    }

    public byte[] WakeAck(in Wake wake)
    {
        var ack = new WakeAck { Cid = Session.Cid, Counter = ++_counter, WakeIdHead = Protocol.Wire.WakeAck.HeadOf(wake.WakeId) };
        byte[] datagram = new byte[Protocol.Wire.WakeAck.Size];
        ack.Seal(datagram, _key, _aead);
        return datagram;
    }

    public byte[] AnswerFast(ulong requestId, AnswerStatus status, byte[]? verdict = null)
    {
        byte[] content = AnswerContent(requestId, status, verdict);
        var answer = new SealedAnswer(Session.Cid, ++_counter, content);
        byte[] datagram = new byte[answer.Size];
        answer.Seal(datagram, _key, _aead);
        return datagram;
    }

    public static byte[] AnswerContent(ulong requestId, AnswerStatus status, byte[]? verdict = null)
    {
        var answer = new Answer { RequestId = requestId, Status = status, Verdict = verdict };
        byte[] content = new byte[answer.Size];
        answer.Write(content);
        return content;
    }

    /// <summary>A RESUME with a nonce of its own (SPEC 7.9).</summary>
    public byte[] Resume(bool newTicket = false)
    {
        _clientNonce = System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(RandomNumberGenerator.GetBytes(16));
        byte[] datagram = new byte[Protocol.Wire.Resume.Size];
        new Resume { NewTicket = newTicket, Steer = (byte)Session.Cid.Slot, ClientNonce = _clientNonce, Ticket = Session.Ticket.Span }
            .Seal(datagram, ResumeKeys!.Auth, _aead);
        return datagram;
    }

    /// <summary>What a RESUME_ACK of the latest RESUME brings.</summary>
    public ResumedSession OpenResumeAck(byte[] datagram)
    {
        ResumeAck.TryRead(datagram, out var head).ShouldBe(RejectReason.None);
        byte[] key = new byte[32];
        ResumeKeys.DeriveSession(ResumeKeys!.Root, _clientNonce, head.ServerNonce, head.Cid, Id, key);
        ResumeAck.TryOpen(datagram, key, _aead, new byte[ResumeAck.BodySize], out var ack).ShouldBe(RejectReason.None);
        return new ResumedSession(
            ack.Status, ack.Cid, key, ack.ServerNonce, ack.Ticket.ToArray(), ack.LifetimeSeconds, ack.RetryAfterSeconds, ack.Observed);
    }

    /// <summary>Sends RESUME and takes the answer.</summary>
    public async Task<ResumedSession> ResumeAsync(bool newTicket = false)
    {
        await SendAsync(Resume(newTicket));
        return OpenResumeAck(await ReceiveAsync());
    }

    /// <summary>Goes on with the session that RESUME brought.</summary>
    public void Adopt(ResumedSession resumed)
    {
        if (resumed.Ticket.Length > 0)
        {
            var next = ResumeKeys!.Next(_clientNonce, resumed.ServerNonce, resumed.Cid, Id);
            ResumeKeys.Dispose();
            ResumeKeys = next;
        }
        Session = Session with { Cid = resumed.Cid, Ticket = resumed.Ticket.Length > 0 ? resumed.Ticket : Session.Ticket };
        resumed.Key.CopyTo(_key, 0);
        _counter = 0;
    }

    /// <summary>The device's server is another process from now on.</summary>
    public void TurnTo(TestServer server) => _server = server;

    /// <summary>The second TCP connection.</summary>
    public Task<TestConnection> ConnectAsync(ulong wakeId) =>
        TestConnection.OpenAsync(_server, ConnectionRole.Wake, Identity, wakeId, from: _from);

    public Task SendAsync(byte[] datagram) => _udp.SendToAsync(datagram, _server.EndPoint).Bounded();

    public async Task<byte[]> ReceiveAsync()
    {
        byte[] buffer = new byte[2048];
        int length = await _udp.ReceiveAsync(buffer).Bounded();
        return buffer[..length];
    }

    /// <summary>Sends a datagram, with no allocation on this side.</summary>
    public void Send(ReadOnlySpan<byte> datagram, SocketAddress to) => _udp.SendTo(datagram, SocketFlags.None, to);

    /// <summary>Sends a datagram and waits for its answer, with no allocation on this side.</summary>
    public int Exchange(ReadOnlySpan<byte> datagram, SocketAddress to, Span<byte> answer)
    {
        Send(datagram, to);
        // A receive that waits would allocate.
        SpinWait.SpinUntil(_hasDatagram, Within.Bound).ShouldBeTrue();
        return _udp.Receive(answer);
    }

    /// <summary>The datagrams that have come by now.</summary>
    public List<byte[]> Drain()
    {
        var all = new List<byte[]>();
        byte[] buffer = new byte[2048];
        while (_udp.Available > 0) all.Add(buffer[.._udp.Receive(buffer)]);
        return all;
    }

    public Ack OpenAck(byte[] datagram)
    {
        Ack.TryOpen(datagram, _key, _aead, out var ack).ShouldBe(RejectReason.None);
        return ack;
    }

    public Wake OpenWake(byte[] datagram)
    {
        Wake.TryOpen(datagram, _key, _aead, out var wake).ShouldBe(RejectReason.None);
        return wake;
    }

    /// <summary>The content of a CONNECT2_FAST.</summary>
    public byte[] OpenRequest(byte[] datagram)
    {
        byte[] buffer = new byte[DatagramLimits.MaxSize];
        SealedRequest.TryOpen(datagram, _key, _aead, buffer, out var request).ShouldBe(RejectReason.None);
        return request.Body.ToArray();
    }

    /// <summary>The device changes its network: another socket.</summary>
    public void Move(IPAddress? to = null)
    {
        _udp.Dispose();
        _udp = NewSocket(to);
    }

    public ValueTask DisposeAsync()
    {
        _udp.Dispose();
        _aead.Dispose();
        ResumeKeys?.Dispose();
        Identity.Dispose();
        Agreement.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Begin(Registered registered, TestConnection connection)
    {
        Session = registered;
        _counter = 0;
        byte[] context = new byte[Cid.Size + DeviceId.Size];
        registered.Cid.Write(context);
        Id.Write(context.AsSpan(Cid.Size));
        connection.Channel.Export("udp", context, _key);
        ResumeKeys?.Dispose();
        ResumeKeys = ResumeKeys.OfRegistration(connection.Channel, registered.Cid, Id);
    }

    private Socket NewSocket(IPAddress? address = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(address ?? _from, 0));
        return socket;
    }
}
