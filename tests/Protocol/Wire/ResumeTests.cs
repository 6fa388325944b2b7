using System.Buffers.Binary;
using System.Security.Cryptography;
using FastRelay.Protocol.Tests.Support;
using FastRelay.Protocol.Wire;
using Seen = (string Nonce, int Body, int Aad);

namespace FastRelay.Protocol.Tests.Wire;

/// <summary>RESUME and RESUME_ACK (SPEC 7.9): their bytes, and what is refused. What holds for all datagrams is in <see cref="DatagramTests"/>.</summary>
public sealed class ResumeTests : IDisposable
{
    private const int BodyAt = 36;
    private readonly PlatformPacketAead _aead = new();
    private readonly byte[] _room = new byte[ResumeAck.BodySize];

    public void Dispose() => _aead.Dispose();

    [Fact]
    public void RESUME_is_the_bytes_of_the_SPEC()
    {
        byte[] aad = [.. Hex("15 01 0090 00000004 0000000000000000 101112131415161718191A1B1C1D1E1F"), .. DatagramSamples.Ticket, .. new byte[64]];
        byte[] tag = new byte[16];
        using (var reference = new AesGcm(DatagramSamples.Key, 16)) reference.Encrypt(aad.AsSpan(16, 12), [], [], tag, aad);
        Convert.ToHexString(DatagramSamples.Seal(nameof(Resume), _aead)).ShouldBe(Convert.ToHexString([.. aad, .. tag]));
    }

    [Theory]
    [InlineData(nameof(ResumeAck),
        "16 00 0000 01020304A5A6A7A8 7172737475767778 202122232425262728292A2B2C2D2E2F",
        "00 03 00FA 04 00 0000 00000000000000000000FFFFC00002079C41 0090 00000007 00093A80 000001A3185C507B A0A1A2A3A4A5A6A7A8A9AAABACADAEAF")]
    [InlineData(nameof(DatagramSamples.ResumeFull),
        "16 00 0000 0000000000000000 7172737475767779 303132333435363738393A3B3C3D3E3F",
        "01 00 0000 00 00 001E 00000000000000000000FFFFC00002079C41 0000 00000007 00000000 000001A3185C507B 00000000000000000000000000000000")]
    public void RESUME_ACK_is_the_bytes_of_the_SPEC(string kind, string head, string fields)
    {
        byte[] aad = Hex(head);
        byte[] body = [.. Hex(fields), .. kind == nameof(ResumeAck) ? DatagramSamples.Ticket : new byte[144]];
        Convert.ToHexString(DatagramSamples.Seal(kind, _aead)).ShouldBe(Convert.ToHexString(SealByHand(aad, body)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(144)]
    public void A_RESUME_carries_a_ticket_of_up_to_144_bytes(int length)
    {
        byte[] datagram = new byte[256];
        datagram.AsSpan().Fill(0xEE);
        new Resume { Ticket = DatagramSamples.Ticket.AsSpan(0, length), ClientNonce = 7, Steer = 255 }.Seal(datagram, DatagramSamples.Key, _aead);
        datagram.AsSpan(32 + length, 208 - length).ContainsAnyExcept((byte)0).ShouldBeFalse();
        Resume.TryRead(datagram, out var read).ShouldBe(RejectReason.None);
        Resume.TryOpen(datagram, DatagramSamples.Key, _aead, out var opened).ShouldBe(RejectReason.None);
        read.Ticket.SequenceEqual(DatagramSamples.Ticket.AsSpan(0, length)).ShouldBeTrue();
        opened.Ticket.SequenceEqual(read.Ticket).ShouldBeTrue();
        (opened.NewTicket, opened.Steer, opened.ClientNonce).ShouldBe((false, (byte)255, (UInt128)7));
        datagram[Resume.SteerAt].ShouldBe((byte)255);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(145)]
    [InlineData(65_535)]
    public void A_ticket_length_out_of_1_to_144_is_malformed(int length)
    {
        byte[] datagram = DatagramSamples.Seal(nameof(Resume), _aead);
        BinaryPrimitives.WriteUInt16BigEndian(datagram.AsSpan(2), (ushort)length);
        Resume.TryRead(datagram, out _).ShouldBe(RejectReason.BadLength);
        Resume.TryOpen(datagram, DatagramSamples.Key, _aead, out _).ShouldBe(RejectReason.BadLength);
    }

    [Fact]
    public void A_ticket_that_does_not_fit_is_a_bug_of_the_caller()
    {
        byte[] buffer = new byte[256];
        Should.Throw<InvalidOperationException>(() => new Resume { Ticket = new byte[145] }.Seal(buffer, DatagramSamples.Key, _aead));
        Should.Throw<InvalidOperationException>(() => new Resume().Seal(buffer, DatagramSamples.Key, _aead));
        Should.Throw<InvalidOperationException>(() =>
            new ResumeAck { Cid = default, SealNonce = 0, ServerNonce = 0, Ticket = new byte[145] }.Seal(buffer, DatagramSamples.Key, _aead));
    }

    [Fact]
    public void Reserved_bytes_under_the_tag_are_not_looked_at()
    {
        byte[] datagram = DatagramSamples.Seal(nameof(Resume), _aead);
        datagram[1] |= 0xFE;
        datagram[4] = 9;
        datagram[15] = 9;
        datagram[239] = 9;
        _aead.Seal(DatagramSamples.Key, datagram.AsSpan(16, 12), [], [], datagram.AsSpan(240), datagram.AsSpan(0, 240));
        Resume.TryOpen(datagram, DatagramSamples.Key, _aead, out var message).ShouldBe(RejectReason.None);
        (message.NewTicket, message.Steer).ShouldBe((true, (byte)4));
    }

    [Fact]
    public void The_cheap_part_of_a_RESUME_ACK_names_the_key_of_the_session()
    {
        ResumeAck.TryRead(DatagramSamples.Seal(nameof(ResumeAck), _aead), out var head).ShouldBe(RejectReason.None);
        (head.Cid, head.SealNonce, head.ServerNonce).ShouldBe((DatagramSamples.Cid, 0x7172737475767778UL, DatagramSamples.Nonce(0x20)));
    }

    [Fact]
    public void A_RESUME_ACK_comes_back_as_it_was_sent()
    {
        ResumeAck.TryOpen(DatagramSamples.Seal(nameof(ResumeAck), _aead), DatagramSamples.Key, _aead, _room, out var got).ShouldBe(RejectReason.None);
        var sent = DatagramSamples.ResumeAck;
        (got.Status, got.Missed, got.Interval, got.AckEvery, got.RetryAfterSeconds).ShouldBe((ResumeStatus.Resumed, (byte)3, (ushort)250, (byte)4, (ushort)0));
        (got.Observed, got.NodeId, got.LifetimeSeconds, got.UnixMs, got.ResetToken)
            .ShouldBe((sent.Observed, sent.NodeId, sent.LifetimeSeconds, sent.UnixMs, sent.ResetToken));
        got.Ticket.ToArray().ShouldBe(DatagramSamples.Ticket);

        ResumeAck.TryOpen(DatagramSamples.Seal(nameof(DatagramSamples.ResumeFull), _aead), DatagramSamples.Key, _aead, _room, out got).ShouldBe(RejectReason.None);
        (got.Status, got.RetryAfterSeconds, got.Ticket.Length).ShouldBe((ResumeStatus.Full, (ushort)30, 0));
    }

    [Theory]
    [InlineData(0, 2)] // a status that isn't one
    [InlineData(2, 0x10)] // an interval above 4,095
    [InlineData(4, 0)] // ack_every
    [InlineData(4, 16)]
    [InlineData(27, 145)] // n
    [InlineData(26, 1)]
    public void A_session_with_a_field_out_of_its_bounds_is_refused_though_its_tag_is_right(int at, byte value)
    {
        byte[] datagram = Rewritten(nameof(ResumeAck), body => body[at] = value);
        ResumeAck.TryOpen(datagram, DatagramSamples.Key, _aead, _room, out _).ShouldBe(RejectReason.BadValue);
    }

    [Theory]
    [InlineData(2, 2)] // interval
    [InlineData(32, 4)] // lifetime
    public void A_session_of_no_interval_or_no_lifetime_is_refused(int at, int length)
    {
        byte[] datagram = Rewritten(nameof(ResumeAck), body => body.AsSpan(at, length).Clear());
        ResumeAck.TryOpen(datagram, DatagramSamples.Key, _aead, _room, out _).ShouldBe(RejectReason.BadValue);
    }

    [Theory]
    [InlineData(1)] // missed
    [InlineData(3)] // interval
    [InlineData(4)] // ack_every
    [InlineData(27)] // n
    [InlineData(35)] // lifetime
    [InlineData(59)] // reset_token
    public void A_full_server_that_gives_parts_of_a_session_is_refused(int at)
    {
        byte[] datagram = Rewritten(nameof(DatagramSamples.ResumeFull), body => body[at] = 1);
        ResumeAck.TryOpen(datagram, DatagramSamples.Key, _aead, _room, out _).ShouldBe(RejectReason.BadValue);

        byte[] withCid = Rewritten(nameof(DatagramSamples.ResumeFull), static _ => { }, head => head[11] = 1);
        ResumeAck.TryOpen(withCid, DatagramSamples.Key, _aead, _room, out _).ShouldBe(RejectReason.BadValue);
    }

    [Fact]
    public void No_nonce_of_a_session_comes_twice()
    {
        // RESUME_ACK is under the key of the session's heartbeats: its first word keeps it apart from both directions' counters.
        using var recorder = new RecordingAead();
        byte[] buffer = new byte[256];
        DatagramSamples.Heartbeat.Seal(buffer, DatagramSamples.Key, recorder);
        DatagramSamples.Ack.Seal(buffer, DatagramSamples.Key, recorder);
        DatagramSamples.ResumeAck.Seal(buffer, DatagramSamples.Key, recorder);
        recorder.Seen.ShouldBe([("000000000000000000000009", 0, 24), ("000000010000000000000001", 0, 24), ("000000027172737475767778", 204, 36)]);
    }

    [Fact]
    public void Sealing_allocates_nothing()
    {
        byte[] buffer = new byte[256], ticket = DatagramSamples.Ticket;
        Quiet.ShouldAllocateAndThrowNothing(() =>
        {
            new Resume { Ticket = ticket, ClientNonce = 7 }.Seal(buffer, DatagramSamples.Key, _aead);
            new ResumeAck { Cid = default, SealNonce = 1, ServerNonce = 2, Interval = 1, AckEvery = 1, LifetimeSeconds = 1, Ticket = ticket }
                .Seal(buffer, DatagramSamples.Key, _aead);
        });
    }

    private byte[] Rewritten(string kind, Action<byte[]> change, Action<byte[]>? changeHead = null)
    {
        byte[] datagram = DatagramSamples.Seal(kind, _aead);
        byte[] body = new byte[204], head = datagram[..BodyAt];
        using var reference = new AesGcm(DatagramSamples.Key, 16);
        reference.Decrypt(NonceOf(head), datagram.AsSpan(BodyAt, 204), datagram.AsSpan(240), body, head);
        change(body);
        changeHead?.Invoke(head);
        return SealByHand(head, body);
    }

    private static byte[] SealByHand(byte[] aad, byte[] body)
    {
        byte[] ciphertext = new byte[body.Length], tag = new byte[16];
        using var reference = new AesGcm(DatagramSamples.Key, 16);
        reference.Encrypt(NonceOf(aad), body, ciphertext, tag, aad);
        return [.. aad, .. ciphertext, .. tag];
    }

    private static byte[] NonceOf(byte[] head) => [0, 0, 0, 2, .. head[12..20]];

    private static byte[] Hex(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));

    private sealed class RecordingAead : IPacketAead
    {
        public List<Seen> Seen { get; } = [];

        public void Seal(
            ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag, ReadOnlySpan<byte> aad) =>
            Seen.Add((Convert.ToHexString(nonce), plaintext.Length, aad.Length));

        public void Dispose()
        {
        }
    }
}
