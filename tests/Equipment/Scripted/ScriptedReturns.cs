using System.Net;
using System.Threading.Channels;
using FastRelay.Protocol;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Heartbeat;
using FastRelay.Protocol.Records;
using FastRelay.Protocol.Wire;

namespace FastRelay.Equipment.Tests.Scripted;

/// <summary>One RESUME as it came.</summary>
internal sealed record SeenResume(byte[] Bytes, byte[] Ticket, bool NewTicket, byte Steer, UInt128 ClientNonce, IPEndPoint Source);

/// <summary>The scripted server's side of SPEC 7.9: gives tickets with registrations when a test wants it, and answers RESUME.</summary>
internal sealed class ScriptedReturns : ITicketJudge, IDisposable
{
    private const uint Now = 1_790_000_000;
    private readonly PlatformPacketAead _aead = new();
    private readonly TicketKeys _keys = TicketKeys.Create(1, Now, SystemEntropy.Instance);
    private readonly Channel<SeenResume> _seen = Channel.CreateUnbounded<SeenResume>();

    /// <summary>Whether registrations bring a ticket.</summary>
    public bool GivesTickets { get; set; }

    /// <summary>Whether RESUME gets no answer.</summary>
    public bool IsMuted { get; set; }

    /// <summary>When set, the server is full and asks for this wait.</summary>
    public ushort? FullRetryAfter { get; set; }

    /// <summary>Whether every answer is preceded by one under another key.</summary>
    public bool Forges { get; set; }

    /// <summary>HELLOs that showed a good ticket.</summary>
    public int Recognised { get; private set; }

    public int Waiting => _seen.Reader.Count;

    public Task<SeenResume> ResumeAsync() => _seen.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));

    public byte[] TicketFor(SecureChannel channel, Cid cid, DeviceId device)
    {
        if (!GivesTickets) return [];
        using var keys = ResumeKeys.OfRegistration(channel, cid, device);
        return Seal(device, keys.Auth, keys.Root);
    }

    /// <summary>The answers to one RESUME; <paramref name="add"/> takes the session.</summary>
    public IEnumerable<byte[]> Answer(byte[] datagram, IPEndPoint source, Cid cid, byte[] resetToken, Action<byte[]> add)
    {
        Resume.TryRead(datagram, out var resume).ShouldBe(RejectReason.None);
        byte[] room = new byte[Ticket.ContentSize];
        _keys.TryOpen(resume.Ticket, Now, _aead, room, out var ticket).ShouldBe(RejectReason.None);
        Resume.TryOpen(datagram, ticket.AuthKey, _aead, out _).ShouldBe(RejectReason.None);
        _seen.Writer.TryWrite(new SeenResume(datagram, resume.Ticket.ToArray(), resume.NewTicket, resume.Steer, resume.ClientNonce, source));
        if (IsMuted) return [];

        bool full = FullRetryAfter is not null;
        if (full) cid = default;
        byte[] key = new byte[32], next = [];
        UInt128 serverNonce = Random();
        ResumeKeys.DeriveSession(ticket.RootKey, resume.ClientNonce, serverNonce, cid, ticket.Device, key);
        if (!full)
        {
            add(key);
            if (resume.NewTicket)
            {
                byte[] keys = new byte[64];
                ResumeKeys.DeriveNext(ticket.RootKey, resume.ClientNonce, serverNonce, cid, ticket.Device, keys);
                next = Seal(ticket.Device, keys.AsSpan(0, 32), keys.AsSpan(32));
            }
        }
        var ack = new ResumeAck
        {
            Cid = cid,
            SealNonce = (ulong)Random(),
            ServerNonce = serverNonce,
            Status = full ? ResumeStatus.Full : ResumeStatus.Resumed,
            RetryAfterSeconds = FullRetryAfter ?? 0,
            Missed = (byte)(full ? 0 : 3),
            Interval = (ushort)(full ? 0 : 250),
            AckEvery = (byte)(full ? 0 : 1),
            Observed = TransportAddress.From(source),
            LifetimeSeconds = full ? 0u : 86_400,
            ResetToken = full ? 0 : System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(resetToken),
            Ticket = next,
        };
        byte[] genuine = new byte[ResumeAck.Size], forged = new byte[ResumeAck.Size];
        ack.Seal(genuine, key, _aead);
        ack.Seal(forged, new byte[32], _aead);
        return Forges ? [forged, genuine] : [genuine];
    }

    public DeviceId? Judge(in Hello hello, DateTimeOffset now)
    {
        byte[] room = new byte[Ticket.ContentSize];
        if (_keys.TryOpen(hello.Ticket, Now, _aead, room, out var ticket) != RejectReason.None) return null;
        if (!ResumeKeys.IsBinder(ticket.RootKey, hello.BeforeBinder, hello.Binder)) return null;
        Recognised++;
        return ticket.Device;
    }

    public void Dispose() => _aead.Dispose();

    private byte[] Seal(DeviceId device, ReadOnlySpan<byte> auth, ReadOnlySpan<byte> root)
    {
        byte[] ticket = new byte[Ticket.Size];
        _keys.Seal(
            new Ticket { Device = device, AuthKey = auth, RootKey = root, RegisteredIp = 0, Record = 0, IssuedAt = Now, ExpiresAt = Now + 86_400 },
            ticket, _aead, SystemEntropy.Instance);
        return ticket;
    }

    private static UInt128 Random()
    {
        Span<byte> bytes = stackalloc byte[16];
        SystemEntropy.Instance.Fill(bytes);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }
}
