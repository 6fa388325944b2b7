using System.Buffers.Binary;
using FastRelay.Protocol.Request;
using FastRelay.Protocol.Tests.EndToEnd;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Tests.Request;

public sealed class DescriptorTests
{
    private readonly Parties _parties = Parties.Shared;

    [Fact]
    public void A_descriptor_parsed_and_verified_is_the_one_that_was_signed()
    {
        Descriptor.TryParse(_parties.Descriptor.Bytes, out var descriptor).ShouldBe(RejectReason.None);
        descriptor!.Verify(_parties.Id, Parties.Now).ShouldBe(RejectReason.None);
        descriptor.Bytes.ToArray().ShouldBe(_parties.Descriptor.Bytes.ToArray());
        descriptor.Hash.ToArray().ShouldBe(_parties.Descriptor.Hash.ToArray());
        descriptor.DeviceId.ShouldBe(_parties.Id);
        descriptor.Iterations.ShouldBe(100_000);
        descriptor.Salt.ToArray().ShouldBe(_parties.DevicePassword.Salt.ToArray());
    }

    [Fact]
    public void Every_prefix_is_too_short_and_a_trailing_byte_malformed()
    {
        byte[] bytes = _parties.Descriptor.Bytes.ToArray();
        bytes.Length.ShouldBe(226);
        for (int length = 0; length < bytes.Length; length++)
            Descriptor.TryParse(bytes.AsSpan(0, length), out _).ShouldBe(RejectReason.TooShort);
        Descriptor.TryParse([.. bytes, 0], out _).ShouldBe(RejectReason.TrailingBytes);
    }

    [Fact]
    public void A_descriptor_with_any_bit_flipped_is_refused()
    {
        byte[] bytes = _parties.Descriptor.Bytes.ToArray();
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            var reason = Descriptor.TryParse(bytes, out var descriptor);
            if (reason == RejectReason.None) reason = descriptor!.Verify(_parties.Id, Parties.Now);
            reason.ShouldNotBe(RejectReason.None, $"bit {bit}");
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void A_descriptor_of_another_device_is_refused_however_well_it_is_signed()
    {
        using var other = new Parties(seed: 3);
        other.Descriptor.Verify(other.Id, Parties.Now).ShouldBe(RejectReason.None);
        other.Descriptor.Verify(_parties.Id, Parties.Now).ShouldBe(RejectReason.WrongIdentity);
    }

    [Fact]
    public void A_descriptor_ends_at_its_time()
    {
        var end = Parties.Now.AddDays(7);
        _parties.Descriptor.Verify(_parties.Id, end.AddSeconds(-1)).ShouldBe(RejectReason.None);
        _parties.Descriptor.Verify(_parties.Id, end).ShouldBe(RejectReason.Expired);
    }

    [Theory]
    [InlineData(0, RejectReason.BadValue)]
    [InlineData(99_999, RejectReason.BadValue)]
    [InlineData(100_000, RejectReason.None)]
    [InlineData(2_000_000, RejectReason.None)]
    [InlineData(2_000_001, RejectReason.BadValue)]
    [InlineData(uint.MaxValue, RejectReason.BadValue)]
    public void Iterations_out_of_bounds_are_malformed_before_anything_is_stretched(uint iterations, RejectReason expected)
    {
        byte[] bytes = _parties.Descriptor.Bytes.ToArray();
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4), iterations);
        Descriptor.TryParse(bytes, out _).ShouldBe(expected);
    }
}
