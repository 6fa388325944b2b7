using System.Security.Cryptography;
using FastRelay.Protocol.Wire;
using FsCheck.Fluent;
using HeartbeatMessage = FastRelay.Protocol.Wire.Heartbeat;

namespace FastRelay.Protocol.Tests.Wire;

/// <summary>Each datagram's bytes against SPEC 7, written out by hand, and its fields there and back.</summary>
public sealed class DatagramLayoutTests : IDisposable
{
    private readonly PlatformPacketAead _aead = new();

    public void Dispose() => _aead.Dispose();

    [Theory]
    [InlineData(nameof(DatagramSamples.Heartbeat), "11 02 0029 01020304A5A6A7A8 0000000000000009 BEEF0000", "", 0)]
    [InlineData(nameof(DatagramSamples.Echo), "11 20 0000 01020304A5A6A7A8 000000000000000A DEADBEEF", "", 0)]
    [InlineData(nameof(DatagramSamples.Goodbye), "11 10 0000 01020304A5A6A7A8 000000000000000B 00000000", "", 0)]
    [InlineData(
        nameof(DatagramSamples.LongHeartbeat), "11 03 0000 01020304A5A6A7A8 1000000000000000 00000000",
        "20010DB8000000000000000000000009 1388 000000000000", 0)]
    [InlineData(nameof(DatagramSamples.Ack), "12 F8 FFFF 01020304A5A6A7A8 0000000000000001 0009 1234", "", 1)]
    [InlineData(nameof(DatagramSamples.Challenge), "12 04 10FA 01020304A5A6A7A8 0000000000000002 CAFE0001", "", 1)]
    // 40001 = 9C41; XOR 4652 = DA13.
    [InlineData(
        nameof(DatagramSamples.LongAck), "12 01 4000 01020304A5A6A7A8 0000000000000003 FFFF DA13",
        "00000000000000000000FFFFC0000207 000001A3185C507B", 1)]
    [InlineData(
        nameof(DatagramSamples.Wake), "13 00 0000 01020304A5A6A7A8 0000000000000004",
        "1122334455667788 000A 0001 00000000000000000000000000000000", 1)]
    [InlineData(nameof(DatagramSamples.WakeAck), "14 00 0000 01020304A5A6A7A8 000000000000000C 11223344", "", 0)]
    [InlineData(nameof(SealedAnswer), "1A 00 0000 01020304A5A6A7A8 000000000000000D 00000000", "", 0)]
    public void The_bytes_are_those_of_the_SPEC(string kind, string header, string body, uint direction)
    {
        byte[] aad = Hex(header), plaintext = Hex(body);
        byte[] nonce = [0, 0, 0, (byte)direction, .. aad[12..20]];
        byte[] ciphertext = new byte[plaintext.Length], tag = new byte[16];
        using (var reference = new AesGcm(DatagramSamples.Key, 16)) reference.Encrypt(nonce, plaintext, ciphertext, tag, aad);

        Convert.ToHexString(DatagramSamples.Seal(kind, _aead)).ShouldBe(Convert.ToHexString([.. aad, .. ciphertext, .. tag]));
    }

    [Fact]
    public void RESET_is_the_bytes_of_the_SPEC() =>
        DatagramSamples.Seal(nameof(Reset), _aead).ShouldBe(Hex("1F 00 001E 01020304A5A6A7A8 77777777 A0A1A2A3A4A5A6A7A8A9AAABACADAEAF"));

    [Fact]
    public void Addr_tag_is_the_first_two_bytes_of_the_hash() =>
        AddressTag.Of(DatagramSamples.Home).ShouldBe((ushort)(0x100 * Hash()[0] + Hash()[1]));

    [Fact]
    public void Heartbeats_round_trip() => ForAll((numbers, bits) =>
    {
        bool echo = (bits & 1) != 0, isLong = (bits & 2) != 0;
        var sent = new HeartbeatMessage
        {
            Cid = new Cid((uint)numbers[0], (uint)numbers[1]),
            Counter = Counter(numbers),
            RttMs = (ushort)numbers[2],
            AckWanted = (bits & 4) != 0,
            Goodbye = (bits & 8) != 0,
            Echo = echo ? (uint)numbers[3] : null,
            LastAck = echo ? (ushort)0 : (ushort)numbers[3],
            IsLong = isLong,
            Local = isLong ? Address(numbers) : default,
        };
        var buffer = new byte[64];
        int size = sent.Seal(buffer, DatagramSamples.Key, _aead);
        return HeartbeatMessage.TryOpen(buffer.AsSpan(0, size), DatagramSamples.Key, _aead, out HeartbeatMessage got) == RejectReason.None && got == sent;
    });

    [Fact]
    public void Acks_round_trip() => ForAll((numbers, bits) =>
    {
        bool isLong = (bits & 1) != 0, challenge = !isLong && (bits & 2) != 0;
        var sent = new Ack
        {
            Cid = new Cid((uint)numbers[0], (uint)numbers[1]),
            Counter = Counter(numbers),
            Load = (byte)(numbers[2] & 15),
            IntervalTenths = numbers[3] & 0xFFF,
            AckEvery = 1 + (int)((uint)numbers[4] % 15),
            WakePending = (bits & 4) != 0,
            Challenge = challenge ? (uint)numbers[5] : null,
            HeartbeatCounter = challenge ? (ushort)0 : (ushort)numbers[6],
            AddressTag = challenge || isLong ? (ushort)0 : (ushort)numbers[7],
            IsLong = isLong,
            Observed = isLong ? Address(numbers) : default,
            UnixMs = isLong ? (ulong)numbers[5] << 20 : 0,
        };
        var buffer = new byte[64];
        int size = sent.Seal(buffer, DatagramSamples.Key, _aead);
        return Ack.TryOpen(buffer.AsSpan(0, size), DatagramSamples.Key, _aead, out Ack got) == RejectReason.None && got == sent;
    });

    [Fact]
    public void Wakes_and_their_acks_round_trip() => ForAll((numbers, _) =>
    {
        var wake = new Wake
        {
            Cid = new Cid((uint)numbers[0], (uint)numbers[1]),
            Counter = Counter(numbers),
            WakeId = Long(numbers),
            TtlSeconds = (ushort)numbers[2],
            Reason = (ushort)numbers[3],
            CallbackPort = (ushort)numbers[4],
            CallbackIp = Address(numbers).Ip,
        };
        var ack = new WakeAck { Cid = wake.Cid, Counter = wake.Counter, WakeIdHead = WakeAck.HeadOf(wake.WakeId) };
        byte[] first = new byte[Wake.Size], second = new byte[WakeAck.Size];
        wake.Seal(first, DatagramSamples.Key, _aead);
        ack.Seal(second, DatagramSamples.Key, _aead);
        return Wake.TryOpen(first, DatagramSamples.Key, _aead, out Wake gotWake) == RejectReason.None && gotWake == wake
            && WakeAck.TryOpen(second, DatagramSamples.Key, _aead, out WakeAck gotAck) == RejectReason.None && gotAck == ack
            && gotAck.WakeIdHead == (uint)(wake.WakeId >> 32);
    });

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(268)]
    [InlineData(DatagramLimits.MaxBody)]
    public void Sealed_requests_and_answers_carry_bodies_up_to_1160_bytes(int length)
    {
        byte[] body = DatagramSamples.Body(length), datagram = new byte[DatagramLimits.MaxSize], room = new byte[DatagramLimits.MaxBody];
        int size = new SealedRequest(DatagramSamples.Cid, 7, body).Seal(datagram, DatagramSamples.Key, _aead);
        size.ShouldBe(40 + length);
        SealedRequest.TryOpen(datagram.AsSpan(0, size), DatagramSamples.Key, _aead, room, out SealedRequest request).ShouldBe(RejectReason.None);
        (request.Cid, request.Counter).ShouldBe((DatagramSamples.Cid, 7UL));
        request.Body.ToArray().ShouldBe(body);

        size = new SealedAnswer(DatagramSamples.Cid, 8, body).Seal(datagram, DatagramSamples.Key, _aead);
        SealedAnswer.TryOpen(datagram.AsSpan(0, size), DatagramSamples.Key, _aead, room, out SealedAnswer answer).ShouldBe(RejectReason.None);
        (answer.Cid, answer.Counter).ShouldBe((DatagramSamples.Cid, 8UL));
        answer.Body.ToArray().ShouldBe(body);
        if (length == 0) return;
        SealedAnswer.TryOpen(datagram.AsSpan(0, size), DatagramSamples.Key, _aead, room.AsSpan(0, length - 1), out _).ShouldBe(RejectReason.TooLong);
    }

    [Fact]
    public void A_body_that_fits_no_datagram_is_a_bug_of_the_caller() => Should.Throw<ArgumentOutOfRangeException>(() =>
        new SealedRequest(DatagramSamples.Cid, 7, new byte[DatagramLimits.MaxBody + 1]).Seal(new byte[2000], DatagramSamples.Key, _aead));

    [Fact]
    public void Ack_fields_out_of_their_bounds_are_a_bug_of_the_caller()
    {
        Ack[] bad =
        [
            DatagramSamples.Ack with { Load = 16 }, DatagramSamples.Ack with { IntervalTenths = 4096 }, DatagramSamples.Ack with { IntervalTenths = -1 },
            DatagramSamples.Ack with { AckEvery = 16 }, DatagramSamples.LongAck with { Challenge = 1 },
        ];
        foreach (Ack ack in bad) Should.Throw<InvalidOperationException>(() => ack.Seal(new byte[64], DatagramSamples.Key, _aead));
    }

    [Fact]
    public void Ack_every_0_is_taken_as_1()
    {
        var buffer = new byte[40];
        (DatagramSamples.Challenge with { AckEvery = 0 }).Seal(buffer, DatagramSamples.Key, _aead);
        Ack.TryOpen(buffer, DatagramSamples.Key, _aead, out Ack got).ShouldBe(RejectReason.None);
        got.AckEvery.ShouldBe(1);
    }

    [Fact]
    public void A_long_ack_with_a_challenge_is_malformed()
    {
        byte[] datagram = DatagramSamples.Seal(nameof(DatagramSamples.LongAck), _aead);
        datagram[1] |= 0x04;
        Ack.TryOpen(datagram, DatagramSamples.Key, _aead, out _).ShouldBe(RejectReason.BadValue);
    }

    private static byte[] Hash() => SHA256.HashData([.. "frl1 addr"u8, .. Hex("00000000000000000000FFFFC0000207 9C41")]);

    private static byte[] Hex(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));

    private static ulong Long(int[] n) => ((ulong)(uint)n[6] << 32) | (uint)n[7];

    private static ulong Counter(int[] n) => 1 + Long(n) % DatagramLimits.MaxCounter;

    private static TransportAddress Address(int[] n) => new(new UInt128(Long(n), (ulong)n[5]), (ushort)n[6]);

    private static void ForAll(Func<int[], int, bool> property) =>
        FsCheck.Check.QuickThrowOnFailure(Prop.ForAll(Gen.ArrayOf(Gen.Choose(int.MinValue, int.MaxValue), 9).ToArbitrary(), n => property(n[..8], n[8])));
}
