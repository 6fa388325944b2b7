using FastRelay.Protocol.Tests.Support;
using FastRelay.Protocol.Wire;
using HeartbeatMessage = FastRelay.Protocol.Wire.Heartbeat;

namespace FastRelay.Protocol.Tests.Wire;

/// <summary>What holds for every datagram of SPEC 7.</summary>
public sealed class DatagramTests : IDisposable
{
    private readonly PlatformPacketAead _aead = new();
    private readonly byte[] _room = new byte[DatagramLimits.MaxBody];

    public static TheoryData<string, int> Kinds => DatagramSamples.Kinds;

    public void Dispose() => _aead.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public void It_has_the_size_of_the_SPEC_and_opens(string kind, int size)
    {
        byte[] datagram = DatagramSamples.Seal(kind, _aead);
        datagram.Length.ShouldBe(size);
        DatagramSamples.Open(kind, datagram, _aead, _room).ShouldBe(RejectReason.None);
        DatagramHeader.TryRead(datagram, out DatagramHeader header).ShouldBe(RejectReason.None);
        // RESUME names no session, nor does a RESUME_ACK that gives none.
        header.Cid.ShouldBe(kind is nameof(Resume) or nameof(DatagramSamples.ResumeFull) ? default : DatagramSamples.Cid);
        ((byte)header.Type).ShouldBe(datagram[0]);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_prefix_is_rejected(string kind, int size)
    {
        byte[] datagram = DatagramSamples.Seal(kind, _aead);
        int tried = 0;
        foreach (byte[] prefix in MessageCorpus.Prefixes(datagram))
        {
            DatagramSamples.Open(kind, prefix, _aead, _room).ShouldBeOneOf(RejectReason.TooShort, RejectReason.BadLength);
            tried++;
        }
        tried.ShouldBe(size);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Trailing_bytes_are_rejected(string kind, int size)
    {
        byte[] datagram = DatagramSamples.Seal(kind, _aead);
        foreach (byte[] longer in MessageCorpus.WithTrailingBytes(datagram))
        {
            longer.Length.ShouldBeGreaterThan(size);
            DatagramSamples.Open(kind, longer, _aead, _room).ShouldBeOneOf(RejectReason.TrailingBytes, RejectReason.BadLength);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_single_bit_flip_is_rejected(string kind, int size)
    {
        byte[] datagram = DatagramSamples.Seal(kind, _aead);
        foreach ((int bit, byte[] damaged) in MessageCorpus.BitFlips(datagram))
        {
            bool covered = kind != nameof(Reset) || IsCoveredInReset(bit / 8);
            RejectReason reason = DatagramSamples.Open(kind, damaged, _aead, _room);
            // RESET's token covers the cid at its maker; the device compares it with the one it holds.
            if (covered) reason.ShouldNotBe(RejectReason.None, $"{kind} of {size} bytes, bit {bit}");
            else reason.ShouldBe(RejectReason.None);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Another_key_or_token_does_not_open_it(string kind, int size)
    {
        byte[] datagram = DatagramSamples.Seal(kind, _aead);
        byte[] key = [.. DatagramSamples.Key];
        key[31] ^= 1;
        RejectReason reason = kind switch
        {
            nameof(Reset) => Reset.TryOpen(datagram, key.AsSpan(0, 16), out _),
            nameof(SealedRequest) => SealedRequest.TryOpen(datagram, key, _aead, _room, out _),
            nameof(SealedAnswer) => SealedAnswer.TryOpen(datagram, key, _aead, _room, out _),
            nameof(Wake) => Wake.TryOpen(datagram, key, _aead, out _),
            nameof(WakeAck) => WakeAck.TryOpen(datagram, key, _aead, out _),
            nameof(Ack) or nameof(DatagramSamples.Challenge) or nameof(DatagramSamples.LongAck) => Ack.TryOpen(datagram, key, _aead, out _),
            nameof(Resume) => Resume.TryOpen(datagram, key, _aead, out _),
            nameof(ResumeAck) or nameof(DatagramSamples.ResumeFull) => ResumeAck.TryOpen(datagram, key, _aead, _room, out _),
            _ => HeartbeatMessage.TryOpen(datagram, key, _aead, out _),
        };
        reason.ShouldBe(RejectReason.BadTag, $"{size} bytes");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Checking_allocates_nothing_and_throws_nothing(string kind, int size)
    {
        byte[] good = DatagramSamples.Seal(kind, _aead);
        byte[] forged = [.. good];
        forged[^1] ^= 1;
        byte[] cut = good[..(size - 1)];
        byte[] noise = [.. good.Reverse()];
        int opened = 0, refused = 0;
        Quiet.ShouldAllocateAndThrowNothing(() =>
        {
            if (DatagramSamples.Open(kind, good, _aead, _room) == RejectReason.None) opened++;
            if (DatagramSamples.Open(kind, forged, _aead, _room) != RejectReason.None) refused++;
            if (DatagramSamples.Open(kind, cut, _aead, _room) != RejectReason.None) refused++;
            if (DatagramSamples.Open(kind, noise, _aead, _room) != RejectReason.None) refused++;
        });
        refused.ShouldBe(opened * 3);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void It_opens_as_nothing_but_its_own_kind(string kind, int size)
    {
        byte[] datagram = DatagramSamples.Seal(kind, _aead);
        foreach (string other in DatagramSamples.Kinds.Select(row => row.Data.Item1))
        {
            byte first = DatagramSamples.Seal(other, _aead)[0];
            RejectReason reason = DatagramSamples.Open(other, datagram, _aead, _room);
            reason.ShouldBe(first == datagram[0] ? RejectReason.None : RejectReason.UnknownType, $"{size} bytes as {other}");
        }
    }

    [Fact]
    public void Every_type_byte_that_is_not_in_the_list_is_unknown()
    {
        HashSet<byte> known = [0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x19, 0x1A, 0x1F];
        Enum.GetValues<DatagramType>().Select(t => (byte)t).ShouldBe(known, ignoreOrder: true);
        for (int type = 0; type < 256; type++)
        {
            var datagram = new byte[40];
            datagram[0] = (byte)type;
            if (known.Contains((byte)type)) continue;
            DatagramHeader.TryRead(datagram, out _).ShouldBe(RejectReason.UnknownType);
        }
    }

    [Fact]
    public void A_datagram_above_1200_bytes_is_too_long() =>
        DatagramHeader.TryRead(new byte[DatagramLimits.MaxSize + 1], out _).ShouldBe(RejectReason.TooLong);

    [Theory]
    [InlineData(0UL)]
    [InlineData((1UL << 60) + 1)]
    [InlineData(ulong.MaxValue)]
    public void A_counter_that_no_session_may_use_is_refused_and_never_sent(ulong counter)
    {
        byte[] datagram = DatagramSamples.Seal(nameof(DatagramSamples.Heartbeat), _aead);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(datagram.AsSpan(12), counter);
        DatagramHeader.TryRead(datagram, out _).ShouldBe(RejectReason.BadValue);
        HeartbeatMessage bad = DatagramSamples.Heartbeat with { Counter = counter };
        Should.Throw<ArgumentOutOfRangeException>(() => bad.Seal(datagram, DatagramSamples.Key, _aead));
    }

    [Fact]
    public void The_two_directions_never_share_a_nonce()
    {
        // HB and ACK that differ in nothing but their type and direction: the tags must come from different nonces, not only different headers.
        var nonces = new RecordingAead();
        var buffer = new byte[64];
        DatagramSamples.Heartbeat.Seal(buffer, DatagramSamples.Key, nonces);
        (DatagramSamples.Ack with { Counter = DatagramSamples.Heartbeat.Counter }).Seal(buffer, DatagramSamples.Key, nonces);
        nonces.Seen.ShouldBe(["000000000000000000000009", "000000010000000000000009"]);
    }

    [Fact]
    public void Reserved_bits_of_the_flags_are_ignored_when_the_tag_covers_them()
    {
        // A later version may set them; this one sends zero and doesn't look.
        byte[] datagram = DatagramSamples.Seal(nameof(DatagramSamples.Heartbeat), _aead);
        datagram[1] |= 0b1100_1100;
        Resign(datagram, direction: 0);
        HeartbeatMessage.TryOpen(datagram, DatagramSamples.Key, _aead, out HeartbeatMessage message).ShouldBe(RejectReason.None);
        message.ShouldBe(DatagramSamples.Heartbeat);
    }

    [Fact]
    public void No_reply_is_longer_than_what_it_replies_to()
    {
        DatagramSamples.Ack.Size.ShouldBe(DatagramSamples.Heartbeat.Size);
        DatagramSamples.Challenge.Size.ShouldBe(DatagramSamples.Heartbeat.Size);
        DatagramSamples.LongAck.Size.ShouldBe(DatagramSamples.LongHeartbeat.Size);
        WakeAck.Size.ShouldBeLessThanOrEqualTo(Wake.Size);
        ResumeAck.Size.ShouldBe(Resume.Size);
        Reset.Size.ShouldBeLessThan(DatagramSamples.Heartbeat.Size);
    }

    private static bool IsCoveredInReset(int index) => index is 0 or >= 16;

    private void Resign(byte[] datagram, byte direction)
    {
        byte[] nonce = [0, 0, 0, direction, .. datagram[12..20]];
        _aead.Seal(DatagramSamples.Key, nonce, [], [], datagram.AsSpan(24), datagram.AsSpan(0, 24));
    }

    private sealed class RecordingAead : IPacketAead
    {
        public List<string> Seen { get; } = [];

        public void Seal(
            ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag, ReadOnlySpan<byte> aad) =>
            Seen.Add(Convert.ToHexString(nonce));

        public void Dispose()
        {
        }
    }
}
