using System.Buffers;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Records;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Tests.Records;

public sealed class RecordProtectionTests
{
    private const ulong Budget = 5;

    private static readonly byte[] Secret = Enumerable.Range(1, 32).Select(i => (byte)i).ToArray();

    private static RecordProtection Direction(ulong budget = RecordProtection.MaxRecords) => new(CipherSuite.P256, Secret, budget);

    private static byte[] Seal(RecordProtection sender, byte type, ReadOnlySpan<byte> content, long? now = null)
    {
        var output = new ArrayBufferWriter<byte>();
        int bytes = now is { } ms ? sender.Seal(type, content, output, ms) : sender.Seal(type, content, output);
        bytes.ShouldBe(output.WrittenCount);
        return output.WrittenSpan.ToArray();
    }

    private static RejectReason Open(RecordProtection receiver, byte[] frame, out byte type, out byte[] content)
    {
        var reason = receiver.TryOpen(frame.AsSpan(0, 4), frame.AsSpan(4), out type, out var view);
        content = view.ToArray();
        return reason;
    }

    /// <summary>The frames in what a sender wrote.</summary>
    private static List<byte[]> Frames(byte[] wire)
    {
        var frames = new List<byte[]>();
        var input = new ReadOnlySequence<byte>(wire);
        long start = 0;
        while (FrameReader.TryRead(ref input, FrameHeader.MaxPayloadAuthenticated, out _) == FrameStatus.Frame)
        {
            frames.Add(wire[(int)start..(int)(wire.Length - input.Length)]);
            start = wire.Length - input.Length;
        }
        input.Length.ShouldBe(0);
        return frames;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16_384)]
    public void A_record_comes_back_as_it_went(int length)
    {
        using var sender = Direction();
        using var receiver = Direction();
        byte[] content = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();
        byte[] frame = Seal(sender, InnerType.Data, content);
        frame.Length.ShouldBe(length + RecordProtection.Overhead);
        Open(receiver, frame, out byte type, out byte[] opened).ShouldBe(RejectReason.None);
        type.ShouldBe(InnerType.Data);
        opened.ShouldBe(content);
    }

    [Fact]
    public void Content_that_ends_in_zeros_keeps_them()
    {
        using var sender = Direction();
        using var receiver = Direction();
        Open(receiver, Seal(sender, InnerType.Data, [1, 0, 0, 0]), out _, out byte[] opened).ShouldBe(RejectReason.None);
        opened.ShouldBe([1, 0, 0, 0]);
    }

    [Fact]
    public void Every_bit_flip_in_a_record_is_rejected()
    {
        using var sender = Direction();
        byte[] frame = Seal(sender, InnerType.Data, "hello"u8);
        for (int bit = 0; bit < frame.Length * 8; bit++)
        {
            byte[] flipped = [.. frame];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            using var receiver = Direction();
            Open(receiver, flipped, out _, out _).ShouldNotBe(RejectReason.None);
        }
    }

    [Fact]
    public void Every_prefix_of_a_record_is_rejected()
    {
        using var sender = Direction();
        byte[] frame = Seal(sender, InnerType.Data, "hello"u8);
        for (int length = 4; length < frame.Length; length++)
        {
            using var receiver = Direction();
            Open(receiver, frame[..length], out _, out _).ShouldNotBe(RejectReason.None);
        }
    }

    [Fact]
    public void Trailing_bytes_after_a_record_are_rejected()
    {
        using var sender = Direction();
        using var receiver = Direction();
        Open(receiver, [.. Seal(sender, InnerType.Data, "hello"u8), 0], out _, out _).ShouldBe(RejectReason.BadTag);
    }

    [Fact]
    public void A_record_that_is_repeated_or_overtaken_is_rejected()
    {
        using var sender = Direction();
        byte[] first = Seal(sender, InnerType.Data, "1"u8);
        byte[] second = Seal(sender, InnerType.Data, "2"u8);
        using var overtaken = Direction();
        Open(overtaken, [.. second], out _, out _).ShouldBe(RejectReason.BadTag);
        using var repeated = Direction();
        Open(repeated, [.. first], out _, out _).ShouldBe(RejectReason.None);
        Open(repeated, [.. first], out _, out _).ShouldBe(RejectReason.BadTag);
    }

    [Fact]
    public void Padding_is_taken_off_and_a_record_of_nothing_but_padding_is_malformed()
    {
        using var receiver = Direction();
        Open(receiver, SealInner(0, [7, 8, InnerType.Data, 0, 0, 0]), out byte type, out byte[] content).ShouldBe(RejectReason.None);
        type.ShouldBe(InnerType.Data);
        content.ShouldBe([7, 8]);
        Open(receiver, SealInner(1, [0, 0, 0]), out _, out _).ShouldBe(RejectReason.BadValue);
    }

    [Fact]
    public void An_inner_type_that_is_not_in_the_table_is_malformed()
    {
        using var receiver = Direction();
        Open(receiver, SealInner(0, [1, 2, 0x7F]), out _, out _).ShouldBe(RejectReason.UnknownType);
    }

    [Fact]
    public void A_record_longer_than_the_limit_is_malformed()
    {
        using var receiver = Direction();
        byte[] inner = new byte[RecordProtection.MaxContent + 2];
        inner[^1] = InnerType.Data;
        Open(receiver, SealInner(0, inner), out _, out _).ShouldBe(RejectReason.TooLong);
    }

    [Fact]
    public void The_secret_changes_before_the_budget_is_spent_and_both_sides_go_on()
    {
        using var sender = Direction(Budget);
        using var receiver = Direction(Budget);
        int updates = 0;
        for (int i = 0; i < 4 * (int)Budget; i++)
        {
            foreach (byte[] frame in Frames(Seal(sender, InnerType.Data, [(byte)i], now: 0)))
            {
                sender.RecordNumber.ShouldBeLessThanOrEqualTo(Budget);
                Open(receiver, frame, out byte type, out byte[] content).ShouldBe(RejectReason.None);
                if (type == InnerType.KeyUpdate) updates++;
                else content.ShouldBe([(byte)i]);
            }
        }
        // Of every five records under one secret, the fifth is the KEY_UPDATE.
        updates.ShouldBe(4 * (int)Budget / ((int)Budget - 1) - 1);
        receiver.RecordNumber.ShouldBe(sender.RecordNumber);
    }

    [Fact]
    public void The_secret_changes_after_an_hour_of_use_and_not_before()
    {
        const long start = 1_000;
        using var sender = Direction();
        using var receiver = Direction();
        int[] frames = new int[4];
        long[] times = [start, start + RecordProtection.MaxAgeMilliseconds - 1, start + RecordProtection.MaxAgeMilliseconds, start + RecordProtection.MaxAgeMilliseconds + 1];
        for (int i = 0; i < times.Length; i++)
        {
            var written = Frames(Seal(sender, InnerType.Data, "x"u8, times[i]));
            frames[i] = written.Count;
            foreach (byte[] frame in written) Open(receiver, frame, out _, out _).ShouldBe(RejectReason.None);
        }
        frames.ShouldBe([1, 1, 2, 1]);
    }

    [Fact]
    public void A_sender_that_outlives_its_budget_is_refused_by_the_receiver()
    {
        using var sender = Direction();
        using var receiver = Direction(Budget);
        for (ulong i = 0; i < Budget; i++) Open(receiver, Seal(sender, InnerType.Data, []), out _, out _).ShouldBe(RejectReason.None);
        Open(receiver, Seal(sender, InnerType.Data, []), out _, out _).ShouldBe(RejectReason.Exhausted);
    }

    [Fact]
    public void A_spent_budget_never_seals_again()
    {
        using var sender = Direction(Budget);
        for (ulong i = 0; i < Budget; i++) Seal(sender, InnerType.Data, []);
        Should.Throw<InvalidOperationException>(() => Seal(sender, InnerType.Data, []));
    }

    [Fact]
    public void A_record_under_the_old_secret_is_rejected_after_the_change()
    {
        using var sender = Direction();
        using var stale = Direction();
        using var receiver = Direction();
        Open(receiver, Seal(sender, InnerType.KeyUpdate, []), out _, out _).ShouldBe(RejectReason.None);
        Seal(stale, InnerType.Data, []);
        Open(receiver, Seal(stale, InnerType.Data, []), out _, out _).ShouldBe(RejectReason.BadTag);
    }

    [Fact]
    public void A_key_update_with_content_is_malformed()
    {
        using var sender = Direction();
        using var receiver = Direction();
        Open(receiver, Seal(sender, InnerType.KeyUpdate, [1]), out _, out _).ShouldBe(RejectReason.TrailingBytes);
    }

    [Fact]
    public void No_nonce_is_used_twice_under_one_key()
    {
        // With the same plaintext, two records under one key and nonce would be equal.
        using var sender = Direction(Budget);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < 500; i++)
        {
            foreach (byte[] frame in Frames(Seal(sender, InnerType.Data, new byte[32], now: 0))) seen.Add(Convert.ToHexString(frame)).ShouldBeTrue();
        }
    }

    [Fact]
    public void The_protocols_budget_is_two_to_the_24_records_and_one_hour()
    {
        RecordProtection.MaxRecords.ShouldBe(16_777_216UL);
        RecordProtection.MaxAgeMilliseconds.ShouldBe(60L * 60 * 1000);
    }

    private static byte[] SealInner(ulong number, byte[] inner)
    {
        byte[] key = new byte[32];
        byte[] nonce = new byte[12];
        LabelledHkdf.Expand(Secret, "key", [], key);
        LabelledHkdf.Expand(Secret, "iv", [], nonce);
        nonce[11] ^= (byte)number;
        byte[] frame = new byte[4 + inner.Length + 16];
        new FrameHeader(FrameType.Record, (ushort)(inner.Length + 16)).Write(frame);
        using var aead = new System.Security.Cryptography.AesGcm(key, 16);
        aead.Encrypt(nonce, inner, frame.AsSpan(4, inner.Length), frame.AsSpan(4 + inner.Length), frame.AsSpan(0, 4));
        return frame;
    }
}
