using FastRelay.Load.Versus;

namespace FastRelay.Load.Tests.Versus;

public sealed class StunMessageTests
{
    private static readonly byte[] Id = Convert.FromHexString("F6552D689FFFDE30A2D09096");

    // What coturn 4.6.1 answered: XOR-MAPPED-ADDRESS 127.0.0.7:35351, MAPPED-ADDRESS, RESPONSE-ORIGIN, SOFTWARE.
    private static readonly byte[] Success = Convert.FromHexString(
        "0101003C2112A442F6552D689FFFDE30A2D0909600200008000182045E12A445000100080001A3167F000007802B0008000187DC7F000001"
        + "80220014436F7475726E2D342E362E312027476F72737427");

    [Fact]
    public void A_request_is_a_header_with_the_id()
    {
        byte[] request = new byte[StunMessage.HeaderSize];
        StunMessage.WriteRequest(request, Id).ShouldBe(20);
        Convert.ToHexString(request).ShouldBe("000100002112A442F6552D689FFFDE30A2D09096");
    }

    [Fact]
    public void The_answer_of_a_real_server_tells_the_address_it_saw()
    {
        StunMessage.TryReadSuccess(Success, Id, out uint address, out ushort port).ShouldBeTrue();
        address.ShouldBe(0x7F000007u);
        port.ShouldBe((ushort)0xA316);
    }

    [Fact]
    public void An_answer_cut_anywhere_or_with_more_behind_it_is_none()
    {
        for (int length = 0; length < Success.Length; length++)
            StunMessage.TryReadSuccess(Success.AsSpan(0, length), Id, out _, out _).ShouldBeFalse($"{length}");
        StunMessage.TryReadSuccess([.. Success, 0], Id, out _, out _).ShouldBeFalse();
    }

    [Fact]
    public void An_answer_with_any_bit_of_its_header_changed_is_none()
    {
        for (int bit = 0; bit < 8 * StunMessage.HeaderSize; bit++)
        {
            byte[] changed = [.. Success];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            StunMessage.TryReadSuccess(changed, Id, out _, out _).ShouldBeFalse($"bit {bit}");
        }
    }

    [Theory]
    [InlineData("0101000C", "00200008000282045E12A445")] // IPv6 in the room of IPv4
    [InlineData("01010008", "0020000400018204")] // half an address
    [InlineData("01010008", "8022000800010203")] // longer than the message
    [InlineData("01010006", "802200020001")] // not filled up to four bytes
    [InlineData("01010000", "")] // no address at all
    public void Attributes_that_do_not_fit_are_refused(string head, string attributes)
    {
        byte[] datagram = Convert.FromHexString(head + "2112A442" + Convert.ToHexString(Id) + attributes);
        StunMessage.TryReadSuccess(datagram, Id, out _, out _).ShouldBeFalse();
    }

    [Fact]
    public void Any_bytes_at_all_are_read_without_an_exception()
    {
        var random = new Random(5);
        byte[] bytes = new byte[120];
        for (int i = 0; i < 20_000; i++)
        {
            Success.CopyTo(bytes, 0);
            for (int change = 0; change < 4; change++) bytes[random.Next(Success.Length)] = (byte)random.Next(256);
            StunMessage.TryReadSuccess(bytes.AsSpan(0, random.Next(bytes.Length)), Id, out _, out _);
        }
    }
}
