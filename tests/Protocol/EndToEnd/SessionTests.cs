using FastRelay.Protocol.EndToEnd;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Tests.EndToEnd;

public sealed class SessionTests
{
    private readonly Parties _parties = Parties.Shared;

    [Fact]
    [Trait("Claim", "3")]
    [Trait("Claim", "6")]
    [Trait("Claim", "10")]
    [Trait("Claim", "14")]
    [Trait("Claim", "18")]
    [Trait("Claim", "21")]
    [Trait("Claim", "25")]
    [Trait("Claim", "29")]
    public void The_device_reads_the_password_information_that_the_issuer_sealed()
    {
        TransportAddress[] candidates = [Parties.IssuerAddress, Parties.IssuerAddress with { Port = 9 }];
        using var issuer = _parties.Seal(candidates: candidates, capabilities: RequestCapabilities.Ping);
        issuer.E2E1.Length.ShouldBe(190 + (18 * 2));
        using var device = _parties.Open(issuer);
        device.Request.ClientKey.ToArray().ShouldBe(_parties.ClientKey);
        device.Request.SessionBinding.ToArray().ShouldBe(Parties.Binding);
        device.Request.Candidates.ToArray().ShouldBe(candidates);
        device.Request.Capabilities.ShouldBe(RequestCapabilities.Ping);
        device.Request.UnixMs.ShouldBe((ulong)Parties.Now.ToUnixTimeMilliseconds());
        device.CommId.ShouldBe(issuer.CommId);
    }

    [Fact]
    public void Whoever_passes_the_request_on_sees_neither_password_nor_binding()
    {
        using var issuer = _parties.Seal();
        issuer.E2E1.Span.IndexOf(_parties.ClientKey).ShouldBe(-1);
        issuer.E2E1.Span.IndexOf(Parties.Binding).ShouldBe(-1);
    }

    [Fact]
    public void A_sealed_request_with_any_bit_flipped_does_not_open()
    {
        using var issuer = _parties.Seal();
        byte[] bytes = issuer.E2E1.ToArray();
        // Every bit of the header and of the first and last bytes of the body; the whole of it would take a second and show no more.
        foreach (int bit in Enumerable.Range(0, 90 * 8).Concat(Enumerable.Range((bytes.Length - 18) * 8, 18 * 8)))
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            DeviceSession.TryOpen(bytes, _parties.Id, _parties.Agreement, out var session).ShouldNotBe(RejectReason.None, $"bit {bit}");
            session.ShouldBeNull();
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void Every_prefix_of_a_sealed_request_and_one_byte_more_are_refused()
    {
        using var issuer = _parties.Seal();
        byte[] bytes = issuer.E2E1.ToArray();
        for (int length = 0; length < bytes.Length; length++)
            DeviceSession.TryOpen(bytes.AsSpan(0, length), _parties.Id, _parties.Agreement, out _).ShouldNotBe(RejectReason.None);
        DeviceSession.TryOpen([.. bytes, 0], _parties.Id, _parties.Agreement, out _).ShouldBe(RejectReason.BadLength);
    }

    [Fact]
    public void A_request_sealed_to_another_device_or_key_does_not_open()
    {
        using var other = new Parties(seed: 2);
        using var issuer = _parties.Seal();
        DeviceSession.TryOpen(issuer.E2E1.Span, other.Id, _parties.Agreement, out _).ShouldBe(RejectReason.BadTag);
        DeviceSession.TryOpen(issuer.E2E1.Span, _parties.Id, other.Agreement, out _).ShouldBe(RejectReason.BadTag);
    }

    [Fact]
    public void An_ephemeral_point_off_the_curve_is_refused()
    {
        using var issuer = _parties.Seal();
        byte[] bytes = issuer.E2E1.ToArray();
        bytes.AsSpan(19, 64).Fill(1);
        DeviceSession.TryOpen(bytes, _parties.Id, _parties.Agreement, out _).ShouldBe(RejectReason.BadPoint);
        bytes.AsSpan(19, 64).Clear();
        DeviceSession.TryOpen(bytes, _parties.Id, _parties.Agreement, out _).ShouldBe(RejectReason.BadPoint);
        bytes[18] = 2;
        DeviceSession.TryOpen(bytes, _parties.Id, _parties.Agreement, out _).ShouldBe(RejectReason.BadPoint);
    }

    [Fact]
    public void A_communication_request_is_taken_once_and_only_by_its_issuer()
    {
        using var issuer = _parties.Seal();
        using var stranger = _parties.Seal();
        using var device = _parties.Open(issuer);
        byte[] commReq = new byte[CommReq.Size];
        device.WriteCommReq(SystemEntropy.Instance, commReq, out var deviceChannel).ShouldBe(108);
        using (deviceChannel)
        {
            commReq[..2].ShouldBe([0x00, 0x80]);
            stranger.TryAcceptCommReq(commReq, out _).ShouldBe(RejectReason.UnknownSession);
            issuer.TryAcceptCommReq(commReq, out var channel).ShouldBe(RejectReason.None);
            channel!.Dispose();
            issuer.TryAcceptCommReq(commReq, out _).ShouldBe(RejectReason.OutOfOrder);
        }
    }

    [Fact]
    public void A_communication_request_with_any_bit_flipped_is_refused_and_the_genuine_one_still_taken()
    {
        using var issuer = _parties.Seal();
        using var device = _parties.Open(issuer);
        byte[] commReq = new byte[CommReq.Size];
        device.WriteCommReq(SystemEntropy.Instance, commReq, out var deviceChannel);
        deviceChannel.Dispose();
        for (int bit = 0; bit < commReq.Length * 8; bit++)
        {
            commReq[bit / 8] ^= (byte)(1 << (bit % 8));
            issuer.TryAcceptCommReq(commReq, out var none).ShouldNotBe(RejectReason.None, $"bit {bit}");
            none.ShouldBeNull();
            commReq[bit / 8] ^= (byte)(1 << (bit % 8));
        }
        for (int length = 0; length < commReq.Length; length++)
            issuer.TryAcceptCommReq(commReq.AsSpan(0, length), out _).ShouldBe(RejectReason.TooShort);
        issuer.TryAcceptCommReq([.. commReq, 0], out _).ShouldBe(RejectReason.TrailingBytes);
        issuer.TryAcceptCommReq(commReq, out var channel).ShouldBe(RejectReason.None);
        channel!.Dispose();
    }

    [Theory]
    [InlineData(Verdict.Yes)]
    [InlineData(Verdict.PasswordRefused)]
    [InlineData(Verdict.LockedOut)]
    [InlineData(Verdict.Stale)]
    [InlineData(Verdict.AddressRefused)]
    [InlineData(Verdict.Busy)]
    public void A_verdict_reaches_the_issuer_and_nobody_else(Verdict verdict)
    {
        using var issuer = _parties.Seal();
        using var stranger = _parties.Seal();
        using var device = _parties.Open(issuer);
        byte[] bytes = new byte[CommReq.Message2Size];
        device.WriteVerdict(verdict, SystemEntropy.Instance, bytes).ShouldBe(98);
        stranger.TryReadVerdict(bytes, out _).ShouldBe(RejectReason.BadTag);
        issuer.TryReadVerdict(bytes, out var read).ShouldBe(RejectReason.None);
        read.ShouldBe(verdict);
    }

    [Fact]
    public void A_refusal_never_opens_a_channel_even_as_a_communication_request()
    {
        using var issuer = _parties.Seal();
        using var device = _parties.Open(issuer);
        byte[] message2 = new byte[CommReq.Message2Size];
        device.WriteVerdict(Verdict.PasswordRefused, SystemEntropy.Instance, message2);
        byte[] commReq = new byte[CommReq.Size];
        new CommReq { CommId = device.CommId, Message2 = message2 }.Write(commReq);
        issuer.TryAcceptCommReq(commReq, out var channel).ShouldBe(RejectReason.BadValue);
        channel.ShouldBeNull();
    }

    [Fact]
    public void A_request_gets_one_answer()
    {
        using var issuer = _parties.Seal();
        using var device = _parties.Open(issuer);
        byte[] bytes = new byte[CommReq.Size];
        device.WriteVerdict(Verdict.Yes, SystemEntropy.Instance, bytes);
        Should.Throw<InvalidOperationException>(() => device.WriteCommReq(SystemEntropy.Instance, bytes, out _));
    }

    [Fact]
    public void No_two_requests_look_alike()
    {
        using var first = _parties.Seal();
        using var second = _parties.Seal();
        first.CommId.ShouldNotBe(second.CommId);
        first.E2E1.Span[18..].SequenceEqual(second.E2E1.Span[18..]).ShouldBeFalse();
    }
}
