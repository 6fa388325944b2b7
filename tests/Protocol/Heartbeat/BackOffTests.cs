using FastRelay.Protocol.Heartbeat;
using FastRelay.Protocol.Tests.Support;

namespace FastRelay.Protocol.Tests.Heartbeat;

public sealed class BackOffTests
{
    private static readonly ExtremeEntropy Least = new(0x00);
    private static readonly ExtremeEntropy Most = new(0xFF);

    [Fact]
    public void The_longest_waits_double_from_1_s_to_300_s()
    {
        var backOff = new BackOff(Most);
        double[] seconds = [.. Enumerable.Range(0, 12).Select(_ => backOff.Next().TotalSeconds)];
        seconds.ShouldBe([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
    }

    [Fact]
    public void The_shortest_wait_is_none() => new BackOff(Least).Next().ShouldBe(TimeSpan.Zero);

    [Fact]
    public void A_success_starts_anew()
    {
        var backOff = new BackOff(Most);
        for (int i = 0; i < 5; i++) backOff.Next();
        backOff.Attempt.ShouldBe(5);
        backOff.Reset();
        backOff.Attempt.ShouldBe(0);
        backOff.Next().TotalSeconds.ShouldBe(1);
    }

    [Fact]
    public void What_the_server_asks_for_is_waited_first_and_at_most_300_s()
    {
        new BackOff(Most).Next(retryAfterSeconds: 10).TotalSeconds.ShouldBe(10 + 1);
        new BackOff(Most).Next(retryAfterSeconds: 65_535).TotalSeconds.ShouldBe(300 + 1);
        new BackOff(Least).Next(retryAfterSeconds: 65_535).ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void A_million_attempts_keep_to_the_bound()
    {
        var backOff = new BackOff(Most);
        TimeSpan longest = TimeSpan.Zero;
        for (int i = 0; i < 1_000_000; i++) longest = TimeSpan.FromTicks(Math.Max(longest.Ticks, backOff.Next().Ticks));
        longest.TotalSeconds.ShouldBe(300);
    }

    [Fact]
    public void Waits_fill_their_range_evenly()
    {
        var entropy = new SeededEntropy("jitter");
        var buckets = new int[10];
        for (int i = 0; i < 20_000; i++) buckets[Jitter.Uniform(0, 9, entropy)]++;
        foreach (int count in buckets) count.ShouldBeInRange(1_800, 2_200);
    }

    [Fact]
    public void A_heartbeat_waits_between_80_and_100_percent_of_its_interval()
    {
        Jitter.HeartbeatWaitMs(25_000, Least).ShouldBe(20_000);
        Jitter.HeartbeatWaitMs(25_000, Most).ShouldBe(25_000);
        Jitter.HeartbeatRetrySeconds.ToArray().ShouldBe([1, 2, 4]);
    }

    [Fact]
    public void A_reset_is_followed_by_at_most_60_s()
    {
        Jitter.ResetWaitMs(30, Most).ShouldBe(30_000);
        Jitter.ResetWaitMs(65_535, Most).ShouldBe(60_000);
        Jitter.ResetWaitMs(30, Least).ShouldBe(0);
    }

    [Fact]
    public void The_whole_range_of_64_bits_is_a_range()
    {
        Jitter.Uniform(long.MinValue, long.MaxValue, Least).ShouldBe(long.MinValue);
        Jitter.Uniform(long.MinValue, long.MaxValue, Most).ShouldBe(long.MaxValue);
        Jitter.Uniform(7, 7, Most).ShouldBe(7);
        Should.Throw<ArgumentOutOfRangeException>(() => Jitter.Uniform(1, 0, Most));
    }

    private sealed class ExtremeEntropy(byte value) : IEntropy
    {
        public void Fill(Span<byte> destination) => destination.Fill(value);

        public System.Security.Cryptography.ECDiffieHellman CreateEphemeral(System.Security.Cryptography.ECCurve curve) =>
            throw new NotSupportedException();
    }
}
