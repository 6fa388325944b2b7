using System.Security.Cryptography;
using FastRelay.Protocol.Wire;
using HeartbeatMessage = FastRelay.Protocol.Wire.Heartbeat;

namespace FastRelay.Protocol.Tests.Wire;

/// <summary>One datagram of each kind and form, sealed under a fixed key, with the one function that opens it.</summary>
public static class DatagramSamples
{
    public static readonly byte[] Key = SHA256.HashData("a session key"u8);
    public static readonly byte[] Token = [.. Enumerable.Range(0xA0, 16).Select(i => (byte)i)];
    public static readonly Cid Cid = new(0x01020304, 0xA5A6A7A8);
    public static readonly TransportAddress Home = TransportAddress.From(new(System.Net.IPAddress.Parse("192.0.2.7"), 40_001));
    public static readonly TransportAddress Local = TransportAddress.From(new(System.Net.IPAddress.Parse("2001:db8::9"), 5_000));

    public static readonly HeartbeatMessage Heartbeat = new() { Cid = Cid, Counter = 9, RttMs = 41, AckWanted = true, LastAck = 0xBEEF };
    public static readonly HeartbeatMessage Echo = new() { Cid = Cid, Counter = 10, Echo = 0xDEADBEEF };
    public static readonly HeartbeatMessage Goodbye = new() { Cid = Cid, Counter = 11, Goodbye = true };
    public static readonly HeartbeatMessage LongHeartbeat = new() { Cid = Cid, Counter = DatagramLimits.MaxCounter, IsLong = true, Local = Local, AckWanted = true };
    public static readonly Ack Ack = new()
    {
        Cid = Cid,
        Counter = 1,
        Load = 15,
        IntervalTenths = 4095,
        AckEvery = 15,
        HeartbeatCounter = 9,
        AddressTag = 0x1234,
        WakePending = true,
    };

    public static readonly Ack Challenge = new() { Cid = Cid, Counter = 2, IntervalTenths = 250, AckEvery = 1, Challenge = 0xCAFE0001 };
    public static readonly Ack LongAck = new()
    {
        Cid = Cid,
        Counter = 3,
        IntervalTenths = 0,
        AckEvery = 4,
        HeartbeatCounter = 0xFFFF,
        IsLong = true,
        Observed = Home,
        UnixMs = 1_800_000_000_123,
    };

    public static readonly Wake Wake = new() { Cid = Cid, Counter = 4, WakeId = 0x1122334455667788, TtlSeconds = 10, Reason = Wake.ReasonRequest };
    public static readonly WakeAck WakeAck = new() { Cid = Cid, Counter = 12, WakeIdHead = 0x11223344 };
    public static readonly Reset Reset = new() { Cid = Cid, RetryAfterSeconds = 30 };

    public static Resume Resume => new() { NewTicket = true, Steer = 4, ClientNonce = Nonce(0x10), Ticket = Ticket };
    public static ResumeAck ResumeAck => new()
    {
        Cid = Cid,
        SealNonce = 0x7172737475767778,
        ServerNonce = Nonce(0x20),
        Missed = 3,
        Interval = 250,
        AckEvery = 4,
        Observed = Home,
        NodeId = 7,
        LifetimeSeconds = 604_800,
        UnixMs = 1_800_000_000_123,
        ResetToken = Nonce(0xA0),
        Ticket = Ticket,
    };

    public static ResumeAck ResumeFull => new()
    {
        Cid = default,
        SealNonce = 0x7172737475767779,
        ServerNonce = Nonce(0x30),
        Status = ResumeStatus.Full,
        RetryAfterSeconds = 30,
        Observed = Home,
        NodeId = 7,
        UnixMs = 1_800_000_000_123,
    };

    public static byte[] Ticket => [.. Enumerable.Range(0, 144).Select(i => (byte)(255 - i))];

    public static byte[] Body(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)(i * 7))];

    public static TheoryData<string, int> Kinds => new()
    {
        { nameof(Heartbeat), 40 }, { nameof(Echo), 40 }, { nameof(Goodbye), 40 }, { nameof(LongHeartbeat), 64 },
        { nameof(Ack), 40 }, { nameof(Challenge), 40 }, { nameof(LongAck), 64 },
        { nameof(Wake), 64 }, { nameof(WakeAck), 40 }, { nameof(SealedRequest), 140 }, { nameof(SealedAnswer), 40 }, { nameof(Reset), 32 },
        { nameof(Resume), 256 }, { nameof(ResumeAck), 256 }, { nameof(ResumeFull), 256 },
    };

    /// <summary>16 bytes counting up from the first, as a big-endian number.</summary>
    public static UInt128 Nonce(byte first) =>
        System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian([.. Enumerable.Range(first, 16).Select(i => (byte)i)]);

    public static byte[] Seal(string kind, IPacketAead aead)
    {
        var buffer = new byte[DatagramLimits.MaxSize];
        int length = kind switch
        {
            nameof(Heartbeat) => Heartbeat.Seal(buffer, Key, aead),
            nameof(Echo) => Echo.Seal(buffer, Key, aead),
            nameof(Goodbye) => Goodbye.Seal(buffer, Key, aead),
            nameof(LongHeartbeat) => LongHeartbeat.Seal(buffer, Key, aead),
            nameof(Ack) => Ack.Seal(buffer, Key, aead),
            nameof(Challenge) => Challenge.Seal(buffer, Key, aead),
            nameof(LongAck) => LongAck.Seal(buffer, Key, aead),
            nameof(Wake) => Wake.Seal(buffer, Key, aead),
            nameof(WakeAck) => WakeAck.Seal(buffer, Key, aead),
            nameof(SealedRequest) => new SealedRequest(Cid, 5, Body(100)).Seal(buffer, Key, aead),
            nameof(SealedAnswer) => new SealedAnswer(Cid, 13, []).Seal(buffer, Key, aead),
            nameof(Resume) => Resume.Seal(buffer, Key, aead),
            nameof(ResumeAck) => ResumeAck.Seal(buffer, Key, aead),
            nameof(ResumeFull) => ResumeFull.Seal(buffer, Key, aead),
            nameof(Reset) => Reset.Write(buffer, Token, 0x77777777),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
        };
        return buffer[..length];
    }

    /// <summary>Opens it as its own kind. The room for bodies is the caller's, so that this allocates nothing.</summary>
    public static RejectReason Open(string kind, ReadOnlySpan<byte> datagram, IPacketAead aead, Span<byte> room) => kind switch
    {
        nameof(Heartbeat) or nameof(Echo) or nameof(Goodbye) or nameof(LongHeartbeat) =>
            HeartbeatMessage.TryOpen(datagram, Key, aead, out _),
        nameof(Ack) or nameof(Challenge) or nameof(LongAck) => FastRelay.Protocol.Wire.Ack.TryOpen(datagram, Key, aead, out _),
        nameof(Wake) => FastRelay.Protocol.Wire.Wake.TryOpen(datagram, Key, aead, out _),
        nameof(WakeAck) => FastRelay.Protocol.Wire.WakeAck.TryOpen(datagram, Key, aead, out _),
        nameof(SealedRequest) => SealedRequest.TryOpen(datagram, Key, aead, room, out _),
        nameof(SealedAnswer) => SealedAnswer.TryOpen(datagram, Key, aead, room, out _),
        nameof(Resume) => FastRelay.Protocol.Wire.Resume.TryOpen(datagram, Key, aead, out _),
        nameof(ResumeAck) or nameof(ResumeFull) => FastRelay.Protocol.Wire.ResumeAck.TryOpen(datagram, Key, aead, room, out _),
        _ => FastRelay.Protocol.Wire.Reset.TryOpen(datagram, Token, out _),
    };
}
