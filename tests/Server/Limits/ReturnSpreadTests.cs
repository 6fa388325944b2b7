using FastRelay.Server.Limits;
using FastRelay.Tests.Support;

namespace FastRelay.Server.Tests.Limits;

public sealed class ReturnSpreadTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void One_is_told_the_least_and_a_crowd_more_and_nobody_more_than_the_most()
    {
        var spread = new ReturnSpread(perSecond: 100, least: 30, most: 300, _time);
        spread.Next().ShouldBe((ushort)30);
        Tell(spread, 10_000).Last().ShouldBe((ushort)201);
        Tell(spread, 10_000).Last().ShouldBe((ushort)300);
    }

    [Fact]
    public void When_those_who_were_told_have_had_their_time_the_least_is_told_again()
    {
        var spread = new ReturnSpread(perSecond: 100, least: 1, most: 300, _time);
        Tell(spread, 1_000).Last().ShouldBe((ushort)20);
        _time.Advance(TimeSpan.FromSeconds(5));
        spread.Next().ShouldBe((ushort)11);
        _time.Advance(TimeSpan.FromSeconds(10));
        spread.Next().ShouldBe((ushort)1);
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(20_000)]
    [InlineData(100_000)]
    public void A_crowd_that_waits_a_random_part_of_what_it_was_told_comes_back_as_it_can_be_served(int crowd)
    {
        const int PerSecond = 1_000;
        var spread = new ReturnSpread(PerSecond, least: 1, most: 300, _time);
        var random = new Random(crowd);
        int[] arrivals = new int[301];
        foreach (ushort told in Tell(spread, crowd)) arrivals[(int)(random.NextDouble() * told)]++;
        // In any span of half of the time that the crowd needs, no more than twice what can be served; without the growth all would come in one second.
        int span = Math.Max(1, crowd / PerSecond / 2);
        for (int at = 0; at + span <= arrivals.Length; at++)
            arrivals.AsSpan(at, span).ToArray().Sum().ShouldBeLessThanOrEqualTo(2 * span * PerSecond);
    }

    [Fact]
    public void The_wall_clock_has_no_part_in_it()
    {
        var spread = new ReturnSpread(perSecond: 100, least: 1, most: 300, _time);
        Tell(spread, 1_000);
        _time.JumpWallClock(TimeSpan.FromDays(365));
        spread.Next().ShouldBe((ushort)21);
        _time.JumpWallClock(TimeSpan.FromDays(-730));
        spread.Next().ShouldBe((ushort)21);
    }

    private static ushort[] Tell(ReturnSpread spread, int times) => [.. Enumerable.Range(0, times).Select(_ => spread.Next())];
}
