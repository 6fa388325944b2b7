using System.Collections.Concurrent;
using System.Net;
using System.Threading.Channels;
using FastRelay.Engine.Streams;
using FastRelay.Protocol;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Request;
using FastRelay.Protocol.Wire;

namespace FastRelay.Equipment.Tests.Scripted;

/// <summary>
/// A server that does what a test tells it, on real loopback sockets, built from the protocol's own server handshake. It registers devices by
/// itself (<see cref="Register"/> may be replaced) and hands the connections of roles 1 and 3 to the test.
/// </summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly StreamListener _listener;
    private readonly ServerCredentialStore _credentials;
    private readonly ServerHandshakeSettings _settings;
    private readonly NodeKeys _nodeKeys = new(new byte[32], 7);
    private readonly ConcurrentBag<ScriptedConnection> _all = [];
    private readonly Channel<ScriptedConnection> _issuers = Channel.CreateUnbounded<ScriptedConnection>();
    private readonly Channel<ScriptedConnection> _wakes = Channel.CreateUnbounded<ScriptedConnection>();
    private readonly Channel<Registered> _registered = Channel.CreateUnbounded<Registered>();
    private readonly Task _accepting;
    private uint _slot;

    private ScriptedServer(StreamListener listener, ServerCredential? credential)
    {
        _listener = listener;
        _credentials = new ServerCredentialStore(credential ?? ScriptedCertificates.Issue());
        _settings = new ServerHandshakeSettings { Credentials = _credentials, NodeKeys = _nodeKeys, Tickets = Returns };
        Udp = new ScriptedUdp { OnResume = AnswerResume };
        Address = new ServerAddress("127.0.0.1", listener.LocalEndPoint.Port);
        _accepting = Task.Run(AcceptAsync);
    }

    public ServerAddress Address { get; }

    public ScriptedUdp Udp { get; }

    public ScriptedReturns Returns { get; } = new();

    /// <summary>Units of 100 ms.</summary>
    public ushort Interval { get; set; } = 250;

    public byte AckEvery { get; set; } = 1;

    public uint LifetimeSeconds { get; set; } = 7 * 86_400;

    public RegisterStatus RegisterStatus { get; set; }

    public ushort RetryAfterSeconds { get; set; }

    /// <summary>When set, connections get this ALERT instead of a handshake.</summary>
    public AlertReason? Alert { get; set; }

    /// <summary>Connections accepted, of any role.</summary>
    public int Accepted { get; private set; }

    /// <summary>The newest descriptor registered.</summary>
    public Descriptor? Descriptor { get; private set; }

    public static ScriptedServer Start(ServerCredential? credential = null, int port = 0) =>
        new(StreamListener.Bind(new IPEndPoint(IPAddress.Loopback, port)), credential);

    /// <summary>The next registration that succeeded.</summary>
    public Task<Registered> RegistrationAsync() => Within(_registered.Reader);

    /// <summary>The next connection of an issuer.</summary>
    public Task<ScriptedConnection> IssuerAsync() => Within(_issuers.Reader);

    /// <summary>The next connection of a woken device.</summary>
    public Task<ScriptedConnection> WokenAsync() => Within(_wakes.Reader);

    public bool HasWoken => _wakes.Reader.Count > 0;

    public void Renew(ServerCredential credential) => _credentials.Replace(credential);

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        await _accepting;
        foreach (var connection in _all) await connection.DisposeAsync();
        await Udp.DisposeAsync();
        _credentials.Dispose();
        _nodeKeys.Dispose();
        Returns.Dispose();
    }

    private static async Task<T> Within<T>(ChannelReader<T> reader) => await reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));

    private async Task AcceptAsync()
    {
        while (await _listener.AcceptAsync() is { } connection)
        {
            Accepted++;
            _ = Task.Run(() => ServeAsync(connection));
        }
    }

    private async Task ServeAsync(StreamConnection stream)
    {
        var connection = new ScriptedConnection(stream);
        _all.Add(connection);
        if (Alert is { } alert)
        {
            ServerHandshake.WriteAlert(alert, RetryAfterSeconds, stream.Output);
            await stream.DisposeAsync();
            return;
        }
        if (!await connection.ShakeHandsAsync(_settings)) return;
        switch (connection.Role)
        {
            case ConnectionRole.Issuer:
                _issuers.Writer.TryWrite(connection);
                break;
            case ConnectionRole.Wake:
                _wakes.Writer.TryWrite(connection);
                break;
            default:
                await RegisterAsync(connection);
                break;
        }
    }

    private IEnumerable<byte[]> AnswerResume(byte[] datagram, IPEndPoint source)
    {
        var cid = new Cid(Interlocked.Increment(ref _slot), 0xC1D00000);
        byte[] token = new byte[16];
        _nodeKeys.WriteResetToken(cid, token);
        return Returns.Answer(datagram, source, cid, token, key => Udp.Add(cid, key, token));
    }

    private async Task RegisterAsync(ScriptedConnection connection)
    {
        if (await connection.ReceiveAsync() is not { Type: InnerType.Register } message) return;
        Protocol.Wire.Register.TryParse(message.Content, out var register).ShouldBe(RejectReason.None);
        Descriptor.TryParse(register.Descriptor, out var descriptor).ShouldBe(RejectReason.None);
        descriptor!.Verify(connection.ClientId!.Value, DateTimeOffset.UnixEpoch.AddYears(1)).ShouldBe(RejectReason.None);
        var registered = new Registered { Status = RegisterStatus, RetryAfterSeconds = RetryAfterSeconds };
        if (RegisterStatus == RegisterStatus.Registered)
        {
            uint slot = Interlocked.Increment(ref _slot);
            var cid = new Cid(slot, 0xC1D00000 + slot);
            Span<byte> token = stackalloc byte[16];
            _nodeKeys.WriteResetToken(cid, token);
            Span<byte> context = stackalloc byte[24];
            cid.Write(context);
            connection.ClientId.Value.Write(context[8..]);
            byte[] key = new byte[32];
            connection.Channel.Export("udp", context, key);
            Udp.Add(cid, key, token.ToArray());
            registered = registered with
            {
                Cid = cid,
                ResetToken = System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(token),
                Interval = Interval,
                AckEvery = AckEvery,
                Missed = 3,
                UdpPort = (ushort)Udp.Port,
                NodeId = 7,
                LifetimeSeconds = LifetimeSeconds,
                Ticket = Returns.TicketFor(connection.Channel, cid, connection.ClientId.Value),
            };
            Descriptor = descriptor;
        }
        byte[] content = new byte[registered.Size];
        registered.Write(content);
        await connection.SendAsync(InnerType.Registered, content);
        if (RegisterStatus == RegisterStatus.Registered) _registered.Writer.TryWrite(registered);
        await connection.ReceiveAsync(); // its CLOSE
        await connection.DisposeAsync();
    }
}
