using System.Buffers;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Tests.Support;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Tests.Handshake;

public sealed class FrameTests
{
    private static byte[] TwoFrames()
    {
        var output = new ArrayBufferWriter<byte>();
        FrameWriter.Write(output, FrameType.ClientKey, new byte[] { 1, 2, 3, 4, 5 });
        FrameWriter.Write(output, FrameType.Record, []);
        return output.WrittenSpan.ToArray();
    }

    [Fact]
    public void Frames_split_at_every_index_come_out_the_same()
    {
        byte[] wire = TwoFrames();
        foreach (var (_, sequence) in MessageCorpus.Splits(wire))
        {
            var input = sequence;
            FrameReader.TryRead(ref input, 100, out var first).ShouldBe(FrameStatus.Frame);
            first.Type.ShouldBe(FrameType.ClientKey);
            first.Payload.ToArray().ShouldBe([1, 2, 3, 4, 5]);
            FrameReader.TryRead(ref input, 100, out var second).ShouldBe(FrameStatus.Frame);
            second.Type.ShouldBe(FrameType.Record);
            second.Payload.Length.ShouldBe(0);
            input.Length.ShouldBe(0);
            FrameReader.TryRead(ref input, 100, out _).ShouldBe(FrameStatus.NeedMore);
        }
    }

    [Fact]
    public void Every_prefix_of_a_frame_needs_more_and_is_left_alone()
    {
        byte[] wire = TwoFrames()[..9];
        for (int length = 0; length < wire.Length; length++)
        {
            var input = new ReadOnlySequence<byte>(wire, 0, length);
            FrameReader.TryRead(ref input, 100, out _).ShouldBe(FrameStatus.NeedMore);
            input.Length.ShouldBe(length);
        }
    }

    [Fact]
    public void A_length_above_the_limit_is_malformed_as_soon_as_the_header_is_there()
    {
        byte[] header = [FrameType.Hello, 1, 0x10, 0x01];
        var input = new ReadOnlySequence<byte>(header);
        FrameReader.TryRead(ref input, FrameHeader.MaxPayloadToServer, out var frame).ShouldBe(FrameStatus.Malformed);
        frame.Reason.ShouldBe(RejectReason.TooLong);
        FrameReader.TryRead(ref input, FrameHeader.MaxPayloadToServer + 1, out _).ShouldBe(FrameStatus.NeedMore);
    }

    [Fact]
    public void Only_the_seven_types_of_the_table_are_known()
    {
        byte[] known = [0x21, 0x22, 0x23, 0x24, 0x2E, 0x2F, 0x30];
        for (int type = 0; type < 256; type++)
        {
            var input = new ReadOnlySequence<byte>([(byte)type, 1, 0, 0]);
            var status = FrameReader.TryRead(ref input, 0, out var frame);
            status.ShouldBe(known.Contains((byte)type) ? FrameStatus.Frame : FrameStatus.Malformed);
            if (status == FrameStatus.Malformed) frame.Reason.ShouldBe(RejectReason.UnknownType);
        }
    }

    [Fact]
    public void Any_version_but_one_is_malformed()
    {
        for (int version = 0; version < 256; version++)
        {
            var input = new ReadOnlySequence<byte>([FrameType.Record, (byte)version, 0, 0]);
            FrameReader.TryRead(ref input, 0, out _).ShouldBe(version == 1 ? FrameStatus.Frame : FrameStatus.Malformed);
        }
    }

    [Fact]
    public void Only_the_inner_types_of_the_table_are_known()
    {
        byte[] known =
        [
            0x25, 0x26, 0x27, 0x28, 0x29, 0x2A, 0x2B, 0x2C, 0x31, 0x33, 0x34, 0x36, 0x3E, 0x3F, 0x40, 0x41, 0x42,
        ];
        Enumerable.Range(0, 256).Where(type => InnerType.IsKnown((byte)type)).ShouldBe(known.Select(type => (int)type));
    }

    [Fact]
    public void Reading_frames_allocates_nothing()
    {
        byte[] wire = TwoFrames();
        Read(wire);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++) Read(wire);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);

        static void Read(byte[] wire)
        {
            var input = new ReadOnlySequence<byte>(wire);
            while (FrameReader.TryRead(ref input, 100, out _) == FrameStatus.Frame)
            {
            }
        }
    }

    [Theory]
    [InlineData(0x0001, 0x0001, 1)]
    [InlineData(0x0003, 0x0003, 2)]
    [InlineData(0x0003, 0x0001, 1)]
    [InlineData(0x0002, 0x0003, 2)]
    [InlineData(0x0001, 0x0002, 0)]
    [InlineData(0x8003, 0x8001, 1)]
    [InlineData(0x8000, 0x8000, 0)]
    [InlineData(0x0000, 0x0003, 0)]
    public void The_highest_suite_that_both_have_is_chosen(int ours, int theirs, int chosen) =>
        (CipherSuite.Choose((ushort)ours, (ushort)theirs)?.Number ?? 0).ShouldBe((ushort)chosen);
}
