using FastRelay.Load.Swarm;

namespace FastRelay.Load.Tests.Swarm;

public sealed class SwarmOrderTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(6)]
    [InlineData(1_000)]
    [InlineData(9_973)]
    public void Each_device_has_one_turn_in_a_round(int count)
    {
        var order = new SwarmOrder(50, count);
        for (int round = 0; round < 2; round++)
        {
            var seen = new HashSet<int>();
            for (int i = 0; i < count; i++, order.Advance()) seen.Add(order.Current).ShouldBeTrue();
            seen.Min().ShouldBe(50);
            seen.Max().ShouldBe(50 + count - 1);
        }
    }

    [Fact]
    public void Neighbours_in_time_are_far_apart_in_the_swarm()
    {
        var order = new SwarmOrder(0, 10_000_000);
        int before = order.Current;
        order.Advance();
        Math.Abs(order.Current - before).ShouldBeGreaterThan(1_000_000);
    }
}
