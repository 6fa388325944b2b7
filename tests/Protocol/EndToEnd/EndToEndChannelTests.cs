using System.Buffers;
using FastRelay.Protocol.EndToEnd;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Records;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Tests.EndToEnd;

public sealed class EndToEndChannelTests : IDisposable
{
    private readonly EndToEndChannel _issuer;
    private readonly EndToEndChannel _device;

    public EndToEndChannelTests()
    {
        using var issuer = Parties.Shared.Seal();
        using var device = Parties.Shared.Open(issuer);
        byte[] commReq = new byte[CommReq.Size];
        device.WriteCommReq(SystemEntropy.Instance, commReq, out _device);
        issuer.TryAcceptCommReq(commReq, out var channel).ShouldBe(RejectReason.None);
        _issuer = channel!;
    }

    public void Dispose()
    {
        _issuer.Dispose();
        _device.Dispose();
    }

    [Fact]
    public void After_ACCEPT_data_goes_both_ways_and_ends_each_way_by_itself()
    {
        Pass(_issuer, _device, InnerType.Accept, []).ShouldBe((RejectReason.None, InnerType.Accept));
        _device.Accepted.ShouldBeTrue();
        Pass(_issuer, _device, InnerType.Data, [1, 2, 3]).ShouldBe((RejectReason.None, InnerType.Data));
        Pass(_issuer, _device, InnerType.End, []).ShouldBe((RejectReason.None, InnerType.End));
        _device.PeerFinished.ShouldBeTrue();
        _issuer.PeerFinished.ShouldBeFalse();
        Pass(_device, _issuer, InnerType.Data, new byte[EndToEndChannel.MaxData]).ShouldBe((RejectReason.None, InnerType.Data));
        Pass(_device, _issuer, InnerType.Close, [0]).ShouldBe((RejectReason.None, InnerType.Close));
        _issuer.PeerFinished.ShouldBeTrue();
    }

    [Fact]
    [Trait("Claim", "8")]
    [Trait("Claim", "12")]
    [Trait("Claim", "23")]
    [Trait("Claim", "27")]
    public void The_device_can_not_send_before_it_is_accepted() =>
        Should.Throw<InvalidOperationException>(() => Seal(_device, InnerType.Data, [1]));

    [Fact]
    public void The_issuer_can_not_send_data_before_it_accepts() =>
        Should.Throw<InvalidOperationException>(() => Seal(_issuer, InnerType.Data, [1]));

    [Fact]
    public void The_device_never_accepts_for_the_issuer() =>
        Should.Throw<InvalidOperationException>(() => Seal(_device, InnerType.Accept, []));

    [Fact]
    public void Nothing_but_CLOSE_can_be_sent_after_END_and_nothing_after_CLOSE()
    {
        Pass(_issuer, _device, InnerType.Accept, []);
        Pass(_issuer, _device, InnerType.End, []);
        Should.Throw<InvalidOperationException>(() => Seal(_issuer, InnerType.Data, [1]));
        Should.Throw<InvalidOperationException>(() => Seal(_issuer, InnerType.End, []));
        Pass(_issuer, _device, InnerType.Close, [0]).Reason.ShouldBe(RejectReason.None);
        Should.Throw<InvalidOperationException>(() => Seal(_issuer, InnerType.Close, [0]));
    }

    [Fact]
    public void A_lost_record_is_noticed()
    {
        Pass(_issuer, _device, InnerType.Accept, []);
        Seal(_issuer, InnerType.Data, [7]);
        Pass(_issuer, _device, InnerType.End, []).Reason.ShouldBe(RejectReason.BadTag);
    }

    [Theory]
    [InlineData(InnerType.Data)]
    [InlineData(InnerType.End)]
    [InlineData(InnerType.Close)]
    public void A_first_record_that_is_not_ACCEPT_is_out_of_order_at_the_device(byte type)
    {
        var (issuer, device) = Raw();
        using (issuer)
        using (device)
        {
            byte[] record = SealRaw(issuer, type, type == InnerType.End ? [] : [1]);
            Open(device, record).Reason.ShouldBe(RejectReason.OutOfOrder);
        }
    }

    [Theory]
    [InlineData(InnerType.Accept, new byte[0], RejectReason.OutOfOrder)]
    [InlineData(InnerType.Data, new byte[0], RejectReason.TooShort)]
    [InlineData(InnerType.End, new byte[] { 1 }, RejectReason.TrailingBytes)]
    [InlineData(InnerType.Close, new byte[] { 4 }, RejectReason.BadValue)]
    [InlineData(InnerType.Close, new byte[] { 0, 0 }, RejectReason.TrailingBytes)]
    [InlineData(InnerType.Connect2, new byte[] { 1 }, RejectReason.OutOfOrder)]
    public void A_record_that_the_SPEC_rules_out_is_refused(byte type, byte[] content, RejectReason expected)
    {
        var (issuer, device) = Raw();
        using (issuer)
        using (device)
        {
            Open(device, SealRaw(issuer, InnerType.Accept, [])).Reason.ShouldBe(RejectReason.None);
            Open(device, SealRaw(issuer, type, content)).Reason.ShouldBe(expected);
        }
    }

    [Theory]
    [InlineData(InnerType.End)]
    [InlineData(InnerType.Close)]
    public void Data_after_the_end_is_out_of_order_at_the_receiver(byte end)
    {
        var (issuer, device) = Raw();
        using (issuer)
        using (device)
        {
            Open(device, SealRaw(issuer, InnerType.Accept, []));
            Open(device, SealRaw(issuer, end, end == InnerType.End ? [] : [0])).Reason.ShouldBe(RejectReason.None);
            Open(device, SealRaw(issuer, InnerType.Data, [1])).Reason.ShouldBe(RejectReason.OutOfOrder);
        }
    }

    [Fact]
    public void A_record_with_any_bit_flipped_is_refused()
    {
        byte[] accept = Seal(_issuer, InnerType.Accept, []);
        byte[] flipped = [.. accept];
        flipped[^1] ^= 1;
        Open(_device, flipped).Reason.ShouldBe(RejectReason.BadTag);
        _device.Accepted.ShouldBeFalse();
    }

    private static (RecordProtection Issuer, EndToEndChannel Device) Raw()
    {
        byte[] i2d = new byte[32], d2i = new byte[32];
        i2d[0] = 1;
        return (new RecordProtection(CipherSuite.P256, i2d), EndToEndChannel.FromKeys(i2d, d2i, isIssuer: false));
    }

    private static byte[] SealRaw(RecordProtection sender, byte type, byte[] content)
    {
        var output = new ArrayBufferWriter<byte>();
        sender.Seal(type, content, output);
        return output.WrittenSpan.ToArray();
    }

    private static byte[] Seal(EndToEndChannel sender, byte type, byte[] content)
    {
        var output = new ArrayBufferWriter<byte>();
        sender.Seal(type, content, output, 0).ShouldBe(output.WrittenCount);
        return output.WrittenSpan.ToArray();
    }

    private static (RejectReason Reason, byte Type) Open(EndToEndChannel receiver, byte[] record)
    {
        var reason = receiver.TryOpen(record.AsSpan(0, 4), record.AsSpan(4), out byte type, out _);
        return (reason, type);
    }

    private static (RejectReason Reason, byte Type) Pass(EndToEndChannel sender, EndToEndChannel receiver, byte type, byte[] content)
    {
        byte[] record = Seal(sender, type, content);
        var reason = receiver.TryOpen(record.AsSpan(0, 4), record.AsSpan(4), out byte opened, out var read);
        if (reason == RejectReason.None) read.ToArray().ShouldBe(content);
        return (reason, opened);
    }
}
