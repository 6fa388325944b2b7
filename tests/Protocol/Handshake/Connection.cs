using System.Buffers;
using System.Security.Cryptography;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Heartbeat;
using FastRelay.Protocol.Records;
using FastRelay.Protocol.Tracing;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Tests.Handshake;

/// <summary>One frame as it passed.</summary>
internal sealed record Passed(bool FromClient, byte Type, byte[] Payload)
{
    public byte[] Wire
    {
        get
        {
            byte[] wire = new byte[FrameHeader.Size + Payload.Length];
            new FrameHeader(Type, (ushort)Payload.Length).Write(wire);
            Payload.CopyTo(wire, FrameHeader.Size);
            return wire;
        }
    }
}

/// <summary>Two real machines and the bytes between them, which a test may watch, change, drop or repeat.</summary>
internal sealed class Connection : IDisposable
{
    public static readonly TransportAddress ClientAddress = TransportAddress.From(new System.Net.IPEndPoint(System.Net.IPAddress.Parse("203.0.113.7"), 40_001));

    private static readonly NodeKeys SharedNodeKeys = new(new byte[32], 1);

    public Connection(
        ConnectionRole role = ConnectionRole.Issuer,
        ServerCredentialStore? credentials = null,
        ServerChain? cached = null,
        ECDsa? identity = null,
        bool demandCookie = false,
        ushort serverSuites = CipherSuite.AllBits,
        ushort clientSuites = CipherSuite.AllBits,
        CertificatePolicy? policy = null,
        IEntropy? serverEntropy = null,
        IEntropy? clientEntropy = null,
        NodeKeys? nodeKeys = null,
        ISignalObserver? clientObserver = null,
        ISignalObserver? serverObserver = null,
        ulong maxRecords = RecordProtection.MaxRecords,
        DateTimeOffset? now = null,
        byte[]? ticket = null,
        ResumeKeys? ticketKeys = null,
        ITicketJudge? tickets = null,
        Func<HelloStanding, Alert?>? admit = null)
    {
        Now = now ?? TestPki.Now;
        var settings = new ServerHandshakeSettings
        {
            Credentials = credentials ?? SharedCredentials,
            NodeKeys = nodeKeys ?? SharedNodeKeys,
            Tickets = tickets,
            Suites = serverSuites,
            Entropy = serverEntropy ?? SystemEntropy.Instance,
            MaxRecords = maxRecords,
        };
        Server = new ServerHandshake(settings, ClientAddress, demandCookie, serverObserver) { Admit = admit };
        Client = new ClientHandshake(new ClientHandshakeOptions
        {
            Role = role,
            Policy = policy ?? TestPki.Shared.Policy(),
            Identity = identity ?? (role == ConnectionRole.Issuer ? null : SharedIdentity),
            WakeId = role == ConnectionRole.Wake ? 0x0102030405060708UL : 0,
            Ticket = ticket,
            TicketKeys = ticketKeys,
            Cached = cached,
            Suites = clientSuites,
            Entropy = clientEntropy ?? SystemEntropy.Instance,
            Observer = clientObserver,
            MaxRecords = maxRecords,
        });
    }

    public static ServerCredentialStore SharedCredentials { get; } = new(TestPki.Shared.Issue());

    public static ECDsa SharedIdentity { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public DateTimeOffset Now { get; set; }

    public ServerHandshake Server { get; }

    public ClientHandshake Client { get; }

    public HandshakeStatus ServerStatus { get; private set; }

    public HandshakeStatus ClientStatus { get; private set; }

    /// <summary>Everything that was sent, in order.</summary>
    public List<Passed> Log { get; } = [];

    public bool Completed => ServerStatus == HandshakeStatus.Completed && ClientStatus == HandshakeStatus.Completed;

    /// <summary>Runs until nothing is under way. The middle returns what arrives instead of a frame.</summary>
    public Connection Run(Func<Passed, IEnumerable<Passed>>? middle = null)
    {
        var pending = new Queue<Passed>();
        var output = new ArrayBufferWriter<byte>();
        Client.Start(Now, output);
        Send(fromClient: true, output, pending, middle);
        while (pending.TryDequeue(out var frame))
        {
            output = new ArrayBufferWriter<byte>();
            if (frame.FromClient)
            {
                if (ServerStatus != HandshakeStatus.Continue) continue;
                ServerStatus = Server.Process(frame.Type, frame.Payload, Now, output);
            }
            else
            {
                if (ClientStatus != HandshakeStatus.Continue) continue;
                ClientStatus = Client.Process(frame.Type, frame.Payload, Now, output);
            }
            Send(!frame.FromClient, output, pending, middle);
        }
        return this;
    }

    /// <summary>The payload of the nth frame of a type.</summary>
    public byte[] Frame(byte type, int n = 0) => Log.Where(f => f.Type == type).ElementAt(n).Payload;

    public string Types() => string.Join(' ', Log.Select(f => (f.FromClient ? ">" : "<") + f.Type switch
    {
        FrameType.Hello => "HELLO",
        FrameType.Certificate => "CERT",
        FrameType.ClientKey => "CKEY",
        FrameType.ServerKey => "SKEY",
        FrameType.Retry => "RETRY",
        FrameType.Alert => "ALERT",
        _ => "RECORD",
    }));

    public void Dispose()
    {
        Server.Dispose();
        Client.Dispose();
    }

    public static List<Passed> Parse(bool fromClient, ReadOnlyMemory<byte> wire)
    {
        var frames = new List<Passed>();
        var input = new ReadOnlySequence<byte>(wire);
        while (FrameReader.TryRead(ref input, FrameHeader.MaxPayloadAuthenticated, out var frame) == FrameStatus.Frame)
        {
            frames.Add(new Passed(fromClient, frame.Type, frame.Payload.ToArray()));
        }
        input.Length.ShouldBe(0);
        return frames;
    }

    private void Send(bool fromClient, ArrayBufferWriter<byte> output, Queue<Passed> pending, Func<Passed, IEnumerable<Passed>>? middle)
    {
        foreach (var frame in Parse(fromClient, output.WrittenMemory))
        {
            Log.Add(frame);
            foreach (var arriving in middle?.Invoke(frame) ?? [frame]) pending.Enqueue(arriving);
        }
    }
}
