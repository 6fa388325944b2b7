using FastRelay.Engine.Crypto;

namespace FastRelay.Engine.Tests.Crypto;

public sealed class RandomScalarsTests
{
    [Theory]
    [InlineData("0005")]
    [InlineData("0100")]
    [InlineData("FF01")]
    [InlineData("FFFF")]
    public void Exactly_the_numbers_from_one_to_the_order_less_one_are_within(string order)
    {
        byte[] bytes = Convert.FromHexString(order);
        int most = (bytes[0] << 8) | bytes[1];
        using var scalars = new RandomScalars(bytes);
        for (int i = 0; i <= ushort.MaxValue; i++) scalars.IsWithin([(byte)(i >> 8), (byte)i]).ShouldBe(i > 0 && i < most, $"{i}");
    }

    [Fact]
    public void They_come_evenly_and_differ()
    {
        using var scalars = new RandomScalars([0x05]);
        int[] counts = new int[256];
        byte[] one = new byte[1];
        for (int i = 0; i < 4_000; i++)
        {
            scalars.Next(one);
            counts[one[0]]++;
        }
        counts.Sum().ShouldBe(4_000);
        for (int i = 1; i < 5; i++) counts[i].ShouldBeInRange(800, 1_200);
    }
}
