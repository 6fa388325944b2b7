using System.Buffers.Binary;
using FastRelay.Protocol.Wire;
using FsCheck;
using FsCheck.Fluent;
using Result = FastRelay.Protocol.Wire.Result;

namespace FastRelay.Protocol.Tests.Wire;

public sealed class TcpMessageTests
{
    [Theory]
    [MemberData(nameof(TcpMessage.Names), MemberType = typeof(TcpMessage))]
    public void A_message_parsed_and_written_is_the_same_bytes(string name)
    {
        var message = TcpMessage.Named(name);
        var (reason, rewritten) = message.Rewrite(message.Sample);
        reason.ShouldBe(RejectReason.None);
        rewritten.ShouldBe(message.Sample);
    }

    [Theory]
    [MemberData(nameof(TcpMessage.Names), MemberType = typeof(TcpMessage))]
    public void Every_prefix_of_a_message_is_too_short(string name)
    {
        var message = TcpMessage.Named(name);
        for (int length = 0; length < message.Sample.Length; length++)
            message.Rewrite(message.Sample[..length]).Reason.ShouldBe(RejectReason.TooShort, $"{length} bytes");
    }

    [Theory]
    [MemberData(nameof(TcpMessage.Names), MemberType = typeof(TcpMessage))]
    public void A_trailing_byte_is_malformed(string name)
    {
        var message = TcpMessage.Named(name);
        message.Rewrite([.. message.Sample, 0]).Reason.ShouldBe(RejectReason.TrailingBytes);
    }

    [Theory]
    [MemberData(nameof(TcpMessage.Names), MemberType = typeof(TcpMessage))]
    public void A_flipped_bit_is_refused_or_seen_and_a_reserved_one_is_ignored(string name)
    {
        var message = TcpMessage.Named(name);
        for (int bit = 0; bit < message.Sample.Length * 8; bit++)
        {
            byte[] flipped = [.. message.Sample];
            byte mask = (byte)(1 << (bit % 8));
            flipped[bit / 8] ^= mask;
            var (reason, rewritten) = message.Rewrite(flipped);
            bool reserved = (message.Reserved[bit / 8] & mask) != 0;
            if (reserved) reason.ShouldBe(RejectReason.None, $"bit {bit}");
            if (reason == RejectReason.None) rewritten.ShouldBe(reserved ? message.Sample : flipped, $"bit {bit}");
        }
    }

    [Theory]
    [MemberData(nameof(TcpMessage.Names), MemberType = typeof(TcpMessage))]
    public void Whatever_bytes_come_a_parser_takes_them_whole_or_refuses(string name)
    {
        var message = TcpMessage.Named(name);
        Prop.ForAll<byte[]>(bytes =>
        {
            var (reason, rewritten) = message.Rewrite(bytes);
            return reason != RejectReason.None || rewritten.Length == bytes.Length;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Every_connect1_that_is_written_parses_to_itself()
    {
        var lengths = Gen.Choose(Connect1.MinE2E1, Connect1.MaxE2E1).ToArbitrary();
        Prop.ForAll(lengths, ArbMap.Default.ArbFor<(uint Ref, ushort Timeout, ushort Port)>(), (length, x) =>
        {
            var written = new Connect1
            {
                Ref = x.Ref,
                Timeout = x.Timeout,
                Device = Samples.Device,
                Address = Samples.Address with { Port = x.Port },
                E2E1 = Samples.Counting(length),
            };
            byte[] bytes = new byte[written.Size];
            written.Write(bytes);
            return Connect1.TryParse(bytes, out var parsed) == RejectReason.None
                && parsed.Ref == x.Ref && parsed.Timeout == x.Timeout && parsed.Device == Samples.Device
                && parsed.Address == written.Address && parsed.E2E1.SequenceEqual(written.E2E1);
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(207, RejectReason.BadLength)]
    [InlineData(208, RejectReason.None)]
    [InlineData(1024, RejectReason.None)]
    [InlineData(1025, RejectReason.BadLength)]
    public void A_sealed_request_is_208_to_1024_bytes(int length, RejectReason expected)
    {
        var first = new Connect1 { E2E1 = new byte[length] };
        byte[] bytes = new byte[first.Size];
        first.Write(bytes);
        Connect1.TryParse(bytes, out _).ShouldBe(expected);

        var second = new Connect2 { E2E1 = new byte[length], SessionBinding = new byte[32] };
        bytes = new byte[second.Size];
        second.Write(bytes);
        Connect2.TryParse(bytes, out _).ShouldBe(expected);
    }

    [Theory]
    [InlineData(0, RejectReason.None)]
    [InlineData(1, RejectReason.BadLength)]
    [InlineData(97, RejectReason.BadLength)]
    [InlineData(98, RejectReason.None)]
    [InlineData(99, RejectReason.BadLength)]
    public void A_verdict_is_98_bytes_or_empty(int length, RejectReason expected)
    {
        var result = new Result { Status = ResultStatus.Accepted, Verdict = new byte[length] };
        byte[] bytes = new byte[result.Size];
        result.Write(bytes);
        Result.TryParse(bytes, out _).ShouldBe(expected);

        var answer = new Answer { Status = AnswerStatus.Accepted, Verdict = new byte[length] };
        bytes = new byte[answer.Size];
        answer.Write(bytes);
        Answer.TryParse(bytes, out _).ShouldBe(expected);
    }

    [Fact]
    public void Bytes_in_a_token_that_this_version_keeps_empty_are_malformed()
    {
        byte[] sample = Samples.Connect1();
        byte[] withToken = [.. sample[..42], 1, 0xAA, .. sample[43..]];
        Connect1.TryParse(withToken, out _).ShouldBe(RejectReason.BadLength);
        byte[] withCapability = [.. sample[..43], 0, 1, 0xAA, .. sample[45..]];
        Connect1.TryParse(withCapability, out _).ShouldBe(RejectReason.BadLength);
    }

    [Fact]
    public void A_refused_registration_carries_nothing_but_the_time()
    {
        byte[] bytes = Samples.RegisteredFull();
        bytes[29] = 1;
        Registered.TryParse(bytes, out _).ShouldBe(RejectReason.BadValue);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(16)]
    public void An_ack_every_out_of_1_to_15_is_malformed(byte ackEvery)
    {
        byte[] bytes = Samples.Registered();
        bytes[30] = ackEvery;
        Registered.TryParse(bytes, out _).ShouldBe(RejectReason.BadValue);
    }

    [Theory]
    [InlineData(0, 604_800u)]
    [InlineData(4_096, 604_800u)]
    [InlineData(250, 0u)]
    public void An_interval_out_of_1_to_4095_and_a_lifetime_of_nothing_are_malformed(ushort interval, uint lifetime)
    {
        byte[] bytes = Samples.Registered();
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(28), interval);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(38), lifetime);
        Registered.TryParse(bytes, out _).ShouldBe(RejectReason.BadValue);
    }
}
